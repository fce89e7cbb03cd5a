"""nbgrader's settings: the course is its own assignment folder.

What is handed in, and the gradebook, live outside the repository: in the folder
$CONVCOURSE_CLASS, by default ~/convolution-class. A `nbgrader_config.py` there is read
after this one: penalties for late work, for example. $CONVCOURSE_TESTS names a folder of
solutions of your own in place of `solutions/`, $CONVCOURSE_EXCHANGE the folder over which
nbgrader hands out and collects.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821
here = Path(__file__).resolve().parent
room = Path(os.environ.get("CONVCOURSE_CLASS", Path.home() / "convolution-class"))
if "nbgrader" in sys.argv[0]:  # its commands begin with going there
    room.mkdir(mode=0o700, parents=True, exist_ok=True)

c.CourseDirectory.course_id = "convolution"
c.CourseDirectory.root = str(room)
tests = Path(os.environ.get("CONVCOURSE_TESTS", here / "solutions"))
c.CourseDirectory.source_directory = str(tests.resolve())
c.CourseDirectory.release_directory = "release"
c.CourseDirectory.db_url = f"sqlite:///{room / 'gradebook.db'}"

# Run All goes on past an untouched answer, and the check says what to do.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\npass"}
c.OverwriteCells.add_missing_cells = True  # a deleted test is put back and run
c.HTMLExporter.sanitize_html = True  # no script of a learner runs in the feedback
c.IgnorePattern.enabled = True  # a log line of TensorFlow costs no marks
c.IgnorePattern.pattern = r"cuda|CUDA|oneDNN|absl|TF-TRT|tensorflow/|WARNING: All log"
if "CONVCOURSE_EXCHANGE" in os.environ:
    c.Exchange.root = str(Path(os.environ["CONVCOURSE_EXCHANGE"]).resolve())
