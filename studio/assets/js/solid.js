/* A solid as triangles: what the studio's own GLB and STL files hold, read in the browser. */
const WIDTH = {SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4};
const KIND = {5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array};
const MOST = {5121: 255, 5123: 65535};

/** {points, colors, count}: three corners per face, colours as the file has them, in linear light; null if it is neither. */
export function solid(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength > 20 && view.getUint32(0, true) === 0x46546C67) return glb(buffer, view);
  return buffer.byteLength > 84 && buffer.byteLength === 84 + 50 * view.getUint32(80, true) ? stl(view) : null;
}

function glb(buffer, view) {
  const long = view.getUint32(12, true), told = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 20, long)));
  const body = 28 + long, parts = told.meshes.flatMap(mesh => mesh.primitives);
  const read = index => {
    const what = told.accessors[index], piece = told.bufferViews[what.bufferView], width = WIDTH[what.type];
    const from = body + (piece.byteOffset || 0) + (what.byteOffset || 0), Kind = KIND[what.componentType];
    const values = new Kind(buffer.slice(from, from + what.count * width * Kind.BYTES_PER_ELEMENT));
    return {values, width, most: what.normalized ? MOST[what.componentType] || 1 : 1, count: what.count};
  };
  const points = [], colors = [];
  for (const part of parts) {
    const place = read(part.attributes.POSITION), lit = part.attributes.COLOR_0 ?? part.attributes._COLOR;
    const tint = lit === undefined ? null : read(lit);
    const base = told.materials?.[part.material]?.pbrMetallicRoughness?.baseColorFactor || [1, 1, 1];
    const order = part.indices === undefined ? Array.from({length: place.count}, (_, i) => i) : read(part.indices).values;
    for (const i of order) for (let k = 0; k < 3; k++) {
      points.push(place.values[i * 3 + k]);
      colors.push(base[k] * (tint ? tint.values[i * tint.width + k] / tint.most : .7));
    }
  }
  return {points: new Float32Array(points), colors: new Float32Array(colors), count: points.length / 3};
}

function stl(view) {
  const faces = view.getUint32(80, true), points = new Float32Array(faces * 9), colors = new Float32Array(faces * 9).fill(.55);
  for (let face = 0; face < faces; face++) for (let k = 0; k < 3; k++) {
    const from = 84 + face * 50 + 12 + k * 12, to = face * 9 + k * 3; // Z is up in print
    points[to] = view.getFloat32(from, true);
    points[to + 1] = view.getFloat32(from + 8, true);
    points[to + 2] = -view.getFloat32(from + 4, true);
  }
  return {points, colors, count: faces * 3};
}
