"""A picture whose composition the sketch engine gives: a diffusion model with a ControlNet is led by the depth or the kinds of things of a
painted scene, so that what stands where is what the scene says, and the model only does the painting.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from config import catalog
from engines import weights
from engines.base import Engine, Made, Ready, Run
from engines.diffusion import loading
from engines.errors import ModelNotReady
from engines.image.diffusers import Diffusers
from engines.image.order import Order
from engines.image.request import ImageRequest
from engines.prompt.weights import read as plain

LAYERS = ("depth", "segmentation")


class Steered(Diffusers):
    """Options of a row beside those of every diffusion model: `control`, with the `folder` of a ControlNet within the models folder, the
    `layer` it was taught (depth or segmentation) and how closely it is followed (`scale`, 0 to 2). A row of the folder's name brings it.
    """

    def ready(self) -> Ready:
        """The model, then the ControlNet."""
        state = super().ready()
        if state.ok:
            try:
                self._control_files()
            except ModelNotReady as error:
                return Ready(ok=False, needs="weights", missing=error.message)
        return state

    def settle(self) -> None:
        """Put the ControlNet beside the other parts, and all of them where they run."""
        folder = self._control_files()
        self.tell(0.95, "Loading the ControlNet")
        control = loading.controlnet(folder, self.place)
        self.pipe = loading.another(self.pipe, self._family.pipelines["control"], self.place, controlnet=control)
        super().settle()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """As every diffusion model, over a sketch; the result says so."""
        made = super().generate(request, run)
        made.notes.append(f"The composition follows the {self._control['layer']} of a sketch of the scene.")
        return made

    def _order(self, request: ImageRequest, run: Run) -> Order:
        from engines.sketch.painter import paint
        from engines.sketch.parser import parse
        from engines.sketch.scene import Scene
        from engines.sketch.steer import depth_map, segmentation

        order = super()._order(request, run)
        seed = order.starts[0].seed
        run.progress(0.0, "Sketching the composition")
        words = (plain(text)[0] for text in (request.prompt, request.negative_prompt))
        scene = Scene.read(request.scene) if request.scene else parse(next(words), seed, next(words))
        painting = paint(scene, *order.size, seed, "none")
        layer = depth_map(painting) if self._control["layer"] == "depth" else segmentation(painting)
        return replace(order, mode="control", pictures=[layer.convert("RGB")])

    def _arguments(self, order: Order, request: ImageRequest) -> dict[str, Any]:
        return super()._arguments(order, request) | {"controlnet_conditioning_scale": float(self._control.get("scale", 0.8))}

    @property
    def _control(self) -> dict[str, Any]:
        control = dict(self.options.get("control") or {})
        if control.get("layer") not in LAYERS or not control.get("folder") or "control" not in self._family.pipelines:
            raise ModelNotReady("its row needs a family with ControlNets and `control` with folder and layer (depth or segmentation)")
        return control

    def _control_files(self) -> Path:
        """The folder of the ControlNet, whole and safe."""
        name = str(self._control["folder"])
        try:
            return whole(weights.home() / name)
        except FileNotFoundError:
            row = catalog().get(name)
            get = f"; {weights.how_to_get(row)}" if row is not None else ""
            raise ModelNotReady(f"its ControlNet is not in the models folder as {name}{get}") from None


class Control(Engine[ImageRequest]):
    """A ControlNet as a model of its own, so that it can be brought, looked at and deleted; alone it paints nothing."""

    def ready(self) -> Ready:
        """Its weights."""
        if self.row is None:
            return Ready(ok=False, needs="weights", missing="a ControlNet needs a row in models.yaml")
        try:
            whole(weights.find(self.row) or weights.home() / self.row.name)
        except ModelNotReady as error:
            return Ready(ok=False, needs="weights", missing=error.message)
        except FileNotFoundError:
            return Ready(ok=False, needs="weights", missing=f"its weights are not here; {weights.how_to_get(self.row)}")
        return Ready()

    def generate(self, request: ImageRequest, run: Run) -> Made:
        """There is nothing it could make."""
        raise ModelNotReady("A ControlNet paints nothing by itself; choose a model that it leads.")


def whole(folder: Path) -> Path:
    """The folder of a ControlNet that is there and safe. Raises FileNotFoundError, ModelNotReady for one that is broken."""
    files = sorted(folder.glob("*.safetensors"))
    if not files or not (folder / "config.json").is_file():
        raise FileNotFoundError(folder)
    for path in files:
        weights.tensors(path)
    return folder
