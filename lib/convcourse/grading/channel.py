"""A line between two processes: whole messages of plain data, with a time limit."""

import os
import time

from . import codec


class Lost(Exception):
    """The other side has gone."""


class Late(Exception):
    """The other side does not answer in time."""


class Channel:
    """Sends and receives values over a stream socket.

    Parameters
    ----------
    sock : socket.socket
    """

    def __init__(self, sock):
        self.sock, self.pid = sock, os.getpid()
        self.deadline, self.come = None, bytearray()

    def until(self, seconds):
        """Set the time limit of what follows; None for none."""
        self.deadline = None if seconds is None else time.monotonic() + seconds
        return self

    def _wait(self):
        """Hand the time that is left to the socket."""
        left = None
        if self.deadline is not None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise Late
        self.sock.settimeout(left)

    def send(self, value, describe=None):
        """Send a value; see `codec.encode`.

        Raises
        ------
        Lost, Late, codec.TooMuch
        """
        message = memoryview(codec.encode(value, describe))
        if os.getpid() != self.pid:
            os._exit(0)  # a copy that a learner's fork left behind says nothing
        try:
            while message:
                self._wait()
                message = message[self.sock.send(message[: 1 << 20]) :]
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Lost from None

    def _read(self, count):
        """Return the next bytes; what has come with them is kept for later."""
        while len(self.come) < count:
            self._wait()
            part = self.sock.recv(max(1 << 16, min(count - len(self.come), 1 << 20)))
            if not part:
                raise Lost
            self.come += part
        taken = bytes(self.come[:count])
        del self.come[:count]
        return taken

    def receive(self, meet=None):
        """Return the next value; see `codec.decode`.

        Raises
        ------
        Lost, Late, codec.Rubbish
        """
        try:
            head = self._read(codec.HEAD.size)
            message = head + self._read(sum(codec.sizes(head)))
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Lost from None
        return codec.decode(message, meet)

    def close(self):
        """Hang up."""
        self.sock.close()
