"""Cameras, videos and folders of frames: the newest frame, read, tracked, shown and recorded.

``stream`` is the loop, ``open_source`` opens what a user names, ``FrameSource`` is the base of a source of one's own, and
``LatestFrame`` the thread that always has the newest frame.
"""

from mnist_edge.runtime.camera.frames import Captured as Captured
from mnist_edge.runtime.camera.frames import Frame as Frame
from mnist_edge.runtime.camera.frames import FrameSource as FrameSource
from mnist_edge.runtime.camera.handover import LatestFrame as LatestFrame
from mnist_edge.runtime.camera.opening import open_source as open_source
from mnist_edge.runtime.camera.stream import stream as stream
