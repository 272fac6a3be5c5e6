"""The page about a batch: what was found in every case, in one HTML file that needs no network."""
