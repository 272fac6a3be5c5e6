"""Ring 2: MRML segments, terminology, tables and transforms."""
