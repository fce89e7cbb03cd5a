"""The kernel's means to shut a process in, by ctypes: namespaces, Landlock, seccomp.

Sources: unshare(2), landlock(7) and the headers linux/landlock.h, linux/seccomp.h,
linux/filter.h, linux/audit.h, and the tables of syscall numbers of the two processors.
Every function raises OSError where the kernel says no.
"""

import ctypes
import os
import platform
import stat
import struct

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
SPACES = {"pid": NEWPID, "net": NEWNET, "ipc": NEWIPC, "uts": NEWUTS, "mount": NEWNS}

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *args):
    """Call a C function; raise OSError where it returns -1."""
    result = function(*args)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")
    return result


def _syscall(number, *args):
    """Make a syscall that has no function in the C library."""
    return _call(_libc.syscall, ctypes.c_long(number), *args)


def prctl(option, *args):
    """Set or ask for a property of this process."""
    full = [ctypes.c_ulong(arg) for arg in (*args, 0, 0, 0, 0)[:4]]
    return _call(_libc.prctl, option, *full)


def unshare(spaces, user):
    """Move this process to namespaces of its own.

    Parameters
    ----------
    spaces : iterable of str
        Keys of `SPACES`. A new "pid" space begins with the next fork.
    user : bool
        Whether a user namespace is needed for it: this user stays the same in it.
    """
    uid, gid = os.getuid(), os.getgid()
    flags = sum(SPACES[name] for name in spaces)
    _call(_libc.unshare, flags | (NEWUSER if user else 0))
    if user:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def mount_scratch(folder, size, files):
    """Lay an empty file system of limited size over a folder, in this mount space."""
    private = 0x4000 | 0x40000  # MS_REC | MS_PRIVATE
    _call(_libc.mount, b"none", b"/", None, ctypes.c_ulong(private), None)
    safe = 2 | 4  # MS_NOSUID | MS_NODEV
    options = f"size={size},nr_inodes={files},mode=700".encode()
    where = os.fsencode(folder)
    _call(_libc.mount, b"tmpfs", where, b"tmpfs", ctypes.c_ulong(safe), options)


def unmount(folder):
    """Take away what `mount_scratch` laid over a folder."""
    _call(_libc.umount2, os.fsencode(folder), 2)  # MNT_DETACH


def die_with_parent():
    """Ask for SIGKILL when the parent ends."""
    prctl(1, 9)  # PR_SET_PDEATHSIG


def hide_memory(hidden=True):
    """Let no other process of the same user look into this one's memory, or let it."""
    prctl(4, 0 if hidden else 1)  # PR_SET_DUMPABLE


def adopt_orphans():
    """Become the parent of descendants whose parent ends."""
    prctl(36, 1)  # PR_SET_CHILD_SUBREAPER


def give_up_rights():
    """Lose all capabilities for good, also those of programs started from now on."""
    prctl(38, 1)  # PR_SET_NO_NEW_PRIVS
    for capability in range(64):
        try:
            prctl(24, capability)  # PR_CAPBSET_DROP
        except OSError:
            break  # the last one was passed, or we never had any
    header = struct.pack("<II", 0x20080522, 0)
    _call(_libc.capset, header, bytes(24))


# --- Landlock ----------------------------------------------------------------------

READ = 0b1101  # EXECUTE, READ_FILE, READ_DIR
FILE_ONLY = 0b111 | 1 << 14 | 1 << 15  # rights that a file, not a folder, can have


def landlock_version():
    """Return the version of Landlock, 0 where there is none."""
    try:
        return _syscall(444, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    except OSError:
        return 0


def landlock(readable, writable):
    """Allow this process these files and folders, and no others, for good.

    From version 4 on TCP is closed too, from version 6 on signals to others and
    abstract sockets. Call `give_up_rights` before.
    """
    version = landlock_version()
    everything = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    words = [everything, 0b11, 0b11][: 1 + (version >= 4) + (version >= 6)]
    attributes = struct.pack(f"<{len(words)}Q", *words)
    size = ctypes.c_size_t(len(attributes))
    rules = _syscall(444, attributes, size, ctypes.c_uint(0))
    try:
        for paths, rights in ((readable, READ), (writable, everything)):
            for path in paths:
                _allow(rules, path, rights & everything)
        _syscall(446, ctypes.c_int(rules), ctypes.c_uint(0))
    finally:
        os.close(rules)


def _allow(rules, path, rights):
    """Add one path to a set of rules; paths that are not there are left out."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= FILE_ONLY
        rule = struct.pack("<Qi", rights, descriptor)
        args = ctypes.c_int(rules), ctypes.c_int(1), rule, ctypes.c_uint(0)
        _syscall(445, *args)
    finally:
        os.close(descriptor)


# --- seccomp -----------------------------------------------------------------------

# name: (x86-64, ARM64). What an answer never needs, and what reaches out of a sandbox.
DENIED = {
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),  # with a number one has guessed
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "open_by_handle_at": (304, 265),
    "kcmp": (312, 272),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    # Landlock lets through what changes or watches a file without opening it, and its
    # first two versions what cuts one off.
    "truncate": (76, 45),
    "openat2": (437, 437),  # whose flags a filter does not see
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
}
# What has a process as its first argument: one's own only.
SIGNALS = {"kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131)}
ABOUT = {
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
# The owner of a descriptor gets signals; who has a lease on a file is waited for.
FCNTL, OWNERS = (72, 25), (8, 10, 15, 1024, 1026)
# Of the many things that ioctl does: FIONREAD, FIONBIO, FIONCLEX, FIOCLEX.
IOCTL, HARMLESS = (16, 29), (0x541B, 0x5421, 0x5450, 0x5451)
FORK = (57, 58)  # fork and vfork; ARM64 has only clone
CLONE, CLONE3 = (56, 220), 435
THREAD = 0x00010000  # CLONE_THREAD: not a new process
PROCESSORS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
MMAP, SHARED, ANONYMOUS = (9, 222), 0x01, 0x20
SOCKETPAIR, DATAGRAM = (53, 199), 0x02  # also a bit of SOCK_RAW, which means the same
OPENING = ((2, 1), (257, 2)), ((56, 2),)  # number, place of the flags
WRITING, CUTTING_OFF, NAMELESS = 0x03, 0x200, 0x400000  # O_TRUNC, O_TMPFILE
REMOVING = (87, 263, 84), (35,)  # unlink, unlinkat, rmdir
RENAMING = (82, 264, 316), (38, 276)
ALLOW, DONE = 0x7FFF0000, 0x00050000  # an error of number 0 is none
NO, NO_SUCH, NO_MEMORY = 0x00050001, 0x00050026, 0x0005000C  # EPERM, ENOSYS, ENOMEM
NO_DEVICE, NO_TERMINAL = 0x00050012, 0x00050019  # EXDEV, ENOTTY

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


def denying(numbers, then=NO):
    """Return the instructions that answer these syscalls, or arguments, with an error."""
    steps = []
    for number in numbers:
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, then)]
    return steps


def of(number, place, steps, then=ALLOW):
    """Return the instructions that look at one argument (its low half) of a syscall."""
    steps = [(LOAD, 0, 0, 16 + 8 * place), *steps, (RETURN, 0, 0, then)]
    return [(EQUAL, 0, len(steps), number), *steps]


def filter_of(steps):
    """Return a whole filter: the processor is looked at first; the rest is allowed."""
    _, architecture = PROCESSORS[platform.machine()]
    return [
        (LOAD, 0, 0, 4),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, NO),
        (LOAD, 0, 0, 0),
        (AT_LEAST, 0, 1, 0x40000000),  # the second set of numbers of x86-64
        (RETURN, 0, 0, NO),
        *steps,
        (RETURN, 0, 0, ALLOW),
    ]


def install(program):
    """Put a filter over this process and all that it starts, for good."""
    prctl(38, 1)
    code = b"".join(struct.pack("<HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    packed = struct.pack("@HP", len(program), ctypes.addressof(buffer))
    holder = ctypes.create_string_buffer(packed, len(packed))
    prctl(22, 2, ctypes.addressof(holder))  # PR_SET_SECCOMP, a filter


def seccomp(spaces):
    """Refuse the syscalls in `DENIED`, new processes and others; threads are allowed.

    Parameters
    ----------
    spaces : iterable of str
        Namespaces that this process is in: without "pid" also signals to others are
        refused, and without "mount", where nothing else limits the disk, no file goes.
    """
    column, _ = PROCESSORS[platform.machine()]
    denied = [numbers[column] for numbers in DENIED.values()]
    steps = denying([number for number in denied if number is not None])
    steps += _no_process(column) + _no_shared_memory(column) + _no_path(column)
    steps += _nobody_else(column, "pid" not in spaces)
    steps += _no_writing_unseen(column, "mount" not in spaces)
    install(filter_of(steps))


def _no_process(column):
    """Refuse new processes; the C library makes a thread with clone where it can."""
    steps = denying(FORK if column == 0 else ())
    steps += denying([CLONE3], NO_SUCH)
    return steps + of(CLONE[column], 0, [(ANY_BIT, 1, 0, THREAD), (RETURN, 0, 0, NO)])


def _no_shared_memory(column):
    """Refuse memory for several processes: RLIMIT_DATA does not count it."""
    both = [(ANY_BIT, 0, 2, SHARED), (ANY_BIT, 0, 1, ANONYMOUS)]
    return of(MMAP[column], 3, [*both, (RETURN, 0, 0, NO_MEMORY)])


def _no_path(column):
    """Refuse pairs of datagrams: one of them can send to any socket that has a path."""
    return of(SOCKETPAIR[column], 1, [(ANY_BIT, 0, 1, DATAGRAM), (RETURN, 0, 0, NO)])


def _nobody_else(column, signals):
    """Refuse what changes another process of this user, or has a signal sent to it."""
    about = {**ABOUT, **SIGNALS} if signals else ABOUT
    steps = of(FCNTL[column], 1, denying(OWNERS))
    steps += of(IOCTL[column], 1, denying(HARMLESS, ALLOW), NO_TERMINAL)
    for name, numbers in about.items():
        own = [os.getpid()] if name in SIGNALS else [0, os.getpid()]
        steps += of(numbers[column], 0, denying(own, ALLOW), NO)
    return steps


def _no_writing_unseen(column, kept):
    """Refuse to cut off what is opened to be read; let files stay, if that is asked for.

    A file without a name is in no folder, so that nobody sees how large it is. To
    remove one then does nothing, and to rename one is left to a copy of it.
    """
    steps = []
    for number, place in OPENING[column]:
        flags = [(ANY_BIT, 2, 0, WRITING), (ANY_BIT, 0, 1, CUTTING_OFF)]
        flags = [(ANY_BIT, 0, 1, NAMELESS), (RETURN, 0, 0, NO)] * kept + flags
        steps += of(number, place, [*flags, (RETURN, 0, 0, NO)])
    if kept:
        steps += denying(REMOVING[column], DONE) + denying(RENAMING[column], NO_DEVICE)
    return steps
