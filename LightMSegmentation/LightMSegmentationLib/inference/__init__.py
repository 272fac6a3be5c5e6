"""From a model card and a volume to a label map on the native grid."""
