# Sourced inside the bundle's folder: finds cuBLASLt, cuDNN and the runtime, either installed or inside Python's nvidia packages.
site=$(python3 -c 'import nvidia; print(list(nvidia.__path__)[0])' 2>/dev/null)
for folder in "$site"/cu13/lib "$site"/cublas/lib "$site"/cuda_runtime/lib "$site"/cudnn/lib /usr/local/cuda/lib64; do
  [ -d "$folder" ] && libraries=${libraries:+$libraries:}$folder
done
export LD_LIBRARY_PATH="${libraries:-}:${LD_LIBRARY_PATH:-}:$PWD/lib" PATH="$PATH:/usr/local/cuda/bin"
