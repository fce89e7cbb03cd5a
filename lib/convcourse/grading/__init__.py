"""Grade a class: what is handed in runs in a sandbox, its tests run where it is not.

The instructor's side of the course; nothing else in the library imports it.

`core.grade` and `core.Grader` grade one notebook after another. `assignment` reads the
instructor's notebook, `judge` runs its tests in a trusted process, `learner` and
`zygote` run the learner's cells in another one, `isolation` shuts that one in.
`collect` finds what was handed in, `batch` grades it here, `cluster` on several machines.
`gradebook` writes nbgrader's database, `autograded` what formgrader shows,
`release` prepares an assignment for both, `feedback` writes the page that a student gets.
"""
