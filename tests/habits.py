"""What learners write at the head of an answer, out of habit.

`HABITS` costs nothing, in a notebook as here: the tests compare with stock nbgrader.
`OUT_OF_REACH` goes well in a notebook; where work is graded it ends the cell, for the
reason that is told.
"""

HABITS = (
    "!ls\n!pip install numpy\n!echo {1 + 1}",
    "files = !ls\nlines = files.n",
    "%pip --version\n%sx ls",
    "here = %pwd\n%cd /tmp\n%cd -\nassert here == get_ipython().run_line_magic('pwd', '')",
    "%cd .\n%pwd\n%bookmark -l",
    "import os\nos.listdir(), os.getcwd(), os.cpu_count(), os.system('ls')",
    "import getpass\nprint('by', getpass.getuser())",
    "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'",
    "%time z = 1\n%timeit -n 1 -r 1 z = 1",
    "%load_ext autoreload\n%autoreload 2",
    "from IPython.display import HTML, clear_output\ndisplay(HTML('<b>a</b>'), 1)\n"
    "clear_output(wait=True)",
    "print(np.arange(10**6), list(range(10**5)))",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.savefig('figure.png')\n"
    "plt.show()\nplt.close('all')",
    "with open('notes.txt', 'w') as file:\n    file.write('my notes')\n"
    "assert open('notes.txt').read() == 'my notes'",
    "open('own.py', 'w').write('z = 3')\n%run own.py\nimport own\nassert own.z == z",
    "import warnings\nwarnings.filterwarnings('ignore')",
    "np.set_printoptions(precision=2, suppress=True)",
    "import sys\nsys.setrecursionlimit(10**5)",
    "import random\nrandom.seed(1), np.random.seed(1), np.random.default_rng(1)",
    "import tempfile\nwith tempfile.TemporaryDirectory() as d:\n    np.save(d + '/a', [1])",
    "try:\n    from google.colab import drive\nexcept ImportError:\n    pass",
    "try:\n    input('Ready? ')\nexcept Exception:\n    pass",
    "import platform, psutil\nplatform.platform(), psutil.virtual_memory().total",
    "from concurrent.futures import ThreadPoolExecutor\n"
    "with ThreadPoolExecutor(2) as pool:\n    list(pool.map(abs, [1, 2]))",
    "import asyncio\nawait asyncio.sleep(0)\n%who\n?np.sum",
)

REACH = "other programs and processes, the network and files outside"
BESIDE = "no files beside the notebook"
OUT_OF_REACH = {
    "import subprocess\nsubprocess.run(['ls'])": REACH,
    "import os\nos.popen('ls').read()": REACH,
    "import multiprocessing\nmultiprocessing.Pool(2)": REACH,
    "import os\nos.listdir('..')": REACH,
    "open('/tmp/notes.txt', 'w')": REACH,
    "import urllib.request\nurllib.request.urlopen('http://203.0.113.9/')": REACH,
    "import my_helpers": BESIDE,
    "%run my_script.py": BESIDE,
    "np.load('mine.npy')": BESIDE,
    "import pandas as pd": "there are the packages of the course",
    "input('Ready? ')": "nobody answers input()",
}
