"""The widget: segment an image layer, move through its scales, change the number of classes, save."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event
from typing import Any

import numpy as np
from magicgui.widgets import ComboBox, Container, FileEdit, Label, LineEdit, PushButton, Slider, SpinBox
from superqt.utils import create_worker, ensure_main_thread

from fallow.cluster.registry import CLUSTERERS
from fallow.errors import FallowError, RunError
from fallow.jobs import segment
from fallow.napari.image import image_of
from fallow.napari.layers import KEY, layer_data, layers_of
from fallow.napari.session import Session
from fallow.regions.effort import EFFORTS
from fallow.tiles import Work

STOPS = 1000  # of the slider, spaced evenly in the logarithm of the number of regions
MOST_CLASSES = 200
LIVE = ("data", "features", "colormap")  # what changes with the result


class Cancelled(RunError):
    """The run was stopped by who started it."""


class SegmentWidget(Container):
    """Segments the chosen image layer, and changes the result that is shown: the active layer's, or the last one made.

    Parameters
    ----------
    napari_viewer : napari.Viewer or napari.components.ViewerModel
    """

    def __init__(self, napari_viewer: Any) -> None:
        self._viewer = napari_viewer
        self._session: Session | None = None
        self._stop: Event | None = None
        self.worker: Any = None

        self.image = ComboBox(label="image", choices=self._images, nullable=False)
        self.method = ComboBox(label="method", choices=tuple(CLUSTERERS))
        self.classes = LineEdit(label="classes", value="auto", tooltip='a number, "auto", or a range such as 4-20')
        self.unit = ComboBox(label="unit", choices=("region", "pixel"), tooltip="what is classified")
        self.effort = ComboBox(label="effort", choices=tuple(EFFORTS), value="balanced")
        self.run = PushButton(text="Segment")
        self.told = Label(value="")
        self.scale = Slider(label="scale", max=STOPS, readout=False, tooltip="fewer or more regions")
        self.n_regions = SpinBox(label="regions", min=1, max=1)
        self.n_classes = SpinBox(label="other classes", min=1, max=MOST_CLASSES)
        self.remake = PushButton(text="Make classes anew")
        self.undo = PushButton(text="Undo")
        self.folder = FileEdit(label="folder", mode="d", tooltip="of the result")
        self.save = PushButton(text="Save")
        asked = [self.image, self.method, self.classes, self.unit, self.effort, self.run]
        self._changing = [self.scale, self.n_regions, self.n_classes, self.remake, self.undo]
        self._saving = [self.folder, self.save]
        super().__init__(widgets=[*asked, self.told, *self._changing, *self._saving])

        self.run.changed.connect(self._run_or_cancel)
        self.scale.changed.connect(self._slide)
        self.n_regions.changed.connect(self._take_regions)
        self.remake.changed.connect(lambda: self._change(lambda session: session.classes(self.n_classes.value)))
        self.undo.changed.connect(lambda: self._change(Session.undo))
        self.save.changed.connect(self._save)
        napari_viewer.layers.events.inserted.connect(self._layers_changed)
        napari_viewer.layers.events.removed.connect(self._layers_changed)
        napari_viewer.layers.selection.events.active.connect(self._follow)
        self._follow()

    @property
    def session(self) -> Session | None:
        """The result that is changed."""
        return self._session

    def _images(self, _: Any = None) -> list[Any]:
        from napari.layers import Image

        return [
            layer
            for layer in self._viewer.layers
            if isinstance(layer, Image) and layer.metadata.get(KEY, (None, "picture"))[1] == "picture"
        ]

    def _layers_changed(self) -> None:
        self.image.reset_choices()
        self._follow()

    def _follow(self) -> None:
        """Change the result of the active layer, if it shows one; else the one before, while it is there."""
        sessions = [layer.metadata[KEY][0] for layer in self._viewer.layers if KEY in layer.metadata]
        active = self._viewer.layers.selection.active
        if active is not None and KEY in active.metadata:
            self._session = active.metadata[KEY][0]
        elif self._session not in sessions:
            self._session = sessions[-1] if sessions else None
        self._show_state()

    def _run_or_cancel(self) -> None:
        if self._stop is not None:
            self._stop.set()
            return
        if self.image.value is None:
            self._tell("open an image first")
            return
        try:
            source, placing = image_of(self.image.value)
        except FallowError as error:
            self._tell(str(error))
            return
        said = self.classes.value.strip()
        options = {
            "classes": int(said) if said.isdecimal() else said,
            "method": self.method.value,
            "unit": self.unit.value,
            **({"effort": self.effort.value} if self.unit.value == "region" else {}),
        }
        stop = self._stop = Event()
        self.run.text = "Cancel"
        self._tell("starting")

        name = self.image.value.name

        def run() -> Session | str:
            try:
                result = segment(source, work=Work(progress=lambda *step: self._on_step(stop, *step)), **options)
            except FallowError as error:
                return str(error)  # the worker would raise an error that is returned
            result.name = name
            return Session(result, source=source, placing=placing)

        self.worker = create_worker(run, _connect={"returned": self._show, "finished": self._ready})

    def _on_step(self, stop: Event, stage: str, done: int, total: int) -> None:
        if stop.is_set():
            raise Cancelled("cancelled")
        self._tell_later(f"{stage}: {done} of {total}")

    def _ready(self) -> None:
        self._stop = None
        self.run.text = "Segment"

    def _show(self, made: Session | str) -> None:
        self._ready()
        if isinstance(made, str):
            self._tell(made)
            return
        from napari.layers import Layer

        self._session = made
        for each in layers_of(made, with_picture=False):
            layer = self._viewer.add_layer(Layer.create(*each))
            if layer.metadata[KEY][1] == "regions":
                _outline(layer)
        self._show_state()

    def _slide(self, stop: int) -> None:
        limits = self._session and self._session.region_limits()
        if limits:
            fewest, most = limits
            self._take_regions(round(fewest * (most / fewest) ** (stop / STOPS)))

    def _take_regions(self, n: int) -> None:
        self._change(lambda session: session.scale(n), ("regions",))

    def _change(self, how: Any, what: tuple[str, ...] = ("classes", "confidence", "regions")) -> None:
        """Change the result, and show it in those of its layers that are still there."""
        if self._session is None:
            return
        try:
            how(self._session)
        except FallowError as error:
            self._tell(str(error))
            return
        for layer in self._viewer.layers:
            session, shown = layer.metadata.get(KEY, (None, ""))
            if session is self._session and shown in what:
                _renew(layer, *layer_data(session, shown))
                if what == ("regions",) and not layer.visible:
                    _outline(layer)
        self._show_state()

    def _save(self) -> None:
        if self._session is None:
            return
        said = str(self.folder.value)
        try:
            folder = self._session.save(None if said in ("", ".") else said)
        except FallowError as error:
            self._tell(str(error))
        else:
            self._tell(f"saved in {folder}")

    def _show_state(self) -> None:
        """Bring numbers, slider and buttons to what the result is."""
        session = self._session
        limits = session and session.region_limits()
        with _quiet(self.scale, self.n_regions, self.n_classes):
            if session and limits:
                fewest, most = limits
                self.n_regions.min, self.n_regions.max = fewest, max(most, session.result.n_regions)
                self.n_regions.value = max(fewest, session.result.n_regions)
                share = np.log(self.n_regions.value / fewest) / max(np.log(most / fewest), 1e-9)
                self.scale.value = int(np.clip(round(share * STOPS), 0, STOPS))
            if session:
                self.n_classes.value = min(session.result.n_classes, MOST_CLASSES)
        for widget in (self.scale, self.n_regions, self.n_classes, self.remake):
            widget.enabled = bool(limits)
        self.undo.enabled = bool(session and session.can_undo)
        for widget in self._saving:
            widget.enabled = session is not None
        if session and self._stop is None:
            result = session.result
            self._tell(f"{result.name}: {result.n_regions:,} regions, {result.n_classes} classes")

    def _tell(self, text: str) -> None:
        self.told.value = text

    @ensure_main_thread
    def _tell_later(self, text: str) -> None:
        if self._stop is not None:
            self._tell(text)


def _renew(layer: Any, data: Any, options: dict[str, Any]) -> None:
    """Show other pixels in a layer; how it is shown stays as the user left it."""
    for name, value in ({"data": data} | options).items():
        if name in LIVE and not (name == "colormap" and layer._type_string == "image"):
            setattr(layer, name, value)


def _outline(layer: Any) -> None:
    """Show regions by their borders, which a reader cannot ask for."""
    layer.contour = 1
    layer.visible = True


@contextmanager
def _quiet(*widgets: Any) -> Any:
    """Set values without acting on it."""
    for widget in widgets:
        widget.changed.block()
    try:
        yield
    finally:
        for widget in widgets:
            widget.changed.unblock()
