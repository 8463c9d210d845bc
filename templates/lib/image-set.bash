# A set of images is a folder: one archive, or the parts of one; what each image is; and the sums of all these files,
# which are written last.
SET=''
MANIFEST=manifest.tsv
SUMS=SHA256SUMS

# The columns of the manifest: those of the lock, and what the image is.
MANIFEST_HEADER=$'source\tsource digest\ttarget\ttarget digest\tplatform\tcontent'
