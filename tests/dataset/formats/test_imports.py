import subprocess
import sys


def test_listing_pictures_imports_no_array_or_image_library():
    heavy = {"numpy", "PIL", "torch", "zarr", "scipy"}
    code = f"import sys, seedmask.dataset.formats; sys.exit(str({heavy} & set(sys.modules) or ''))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.stderr.strip() == ""
