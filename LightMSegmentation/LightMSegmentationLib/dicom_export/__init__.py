"""Results as DICOM objects: segmentation, measurement report, structure set. Needs the extra ``dicom``."""
