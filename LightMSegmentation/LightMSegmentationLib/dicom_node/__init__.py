"""The DICOM node: receives studies, segments them, sends the results on. Needs the extra ``dicom``."""
