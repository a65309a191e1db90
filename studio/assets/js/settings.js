/* The settings a picture carries: our JSON in a PNG's text chunk, or in the EXIF description of a WebP or JPEG. */
const plain = new TextDecoder("latin1"), text = new TextDecoder();
const json = bytes => { try { return JSON.parse(text.decode(bytes).replace(/\0+$/, "")); } catch { return null; } };

/** What a file says, or null. */
export function settings(buffer) {
  if (buffer.byteLength < 20) return null;
  const view = new DataView(buffer);
  if (view.getUint32(0) === 0x89504E47) return png(buffer, view);
  if (plain.decode(new Uint8Array(buffer, 8, 4)) === "WEBP") return webp(buffer, view);
  return view.getUint16(0) === 0xFFD8 ? jpeg(buffer, view) : null;
}

function png(buffer, view) {
  for (let at = 8; at + 12 <= view.byteLength;) {
    const length = view.getUint32(at), type = plain.decode(new Uint8Array(buffer, at + 4, 4));
    if (at + 12 + length > view.byteLength) return null;
    const bytes = new Uint8Array(buffer, at + 8, length), end = bytes.indexOf(0);
    if ((type === "tEXt" || type === "iTXt") && plain.decode(bytes.subarray(0, end)) === "troubadour") {
      let from = end + 1;
      if (type === "iTXt") { from = bytes.indexOf(0, end + 3) + 1; from = bytes.indexOf(0, from) + 1; }
      return json(bytes.subarray(from));
    }
    at += length + 12;
  }
  return null;
}

function webp(buffer, view) {
  for (let at = 12; at + 8 <= view.byteLength;) {
    const type = plain.decode(new Uint8Array(buffer, at, 4)), length = view.getUint32(at + 4, true);
    if (type === "EXIF" && at + 8 + length <= view.byteLength) return described(buffer, at + 8, length);
    at += 8 + length + length % 2;
  }
  return null;
}

function jpeg(buffer, view) {
  for (let at = 2; at + 4 <= view.byteLength && view.getUint8(at) === 0xFF;) {
    const mark = view.getUint8(at + 1), length = view.getUint16(at + 2);
    if (mark === 0xDA || at + 2 + length > view.byteLength) return null;
    if (mark === 0xE1 && plain.decode(new Uint8Array(buffer, at + 4, 4)) === "Exif") return described(buffer, at + 4, length - 2);
    at += 2 + length;
  }
  return null;
}

/** ImageDescription (0x010E) in the first directory of an EXIF block. */
function described(buffer, start, length) {
  const skip = plain.decode(new Uint8Array(buffer, start, 4)) === "Exif" ? 6 : 0;
  const view = new DataView(buffer, start + skip, length - skip), little = view.getUint16(0) === 0x4949;
  const first = view.getUint32(4, little), many = view.getUint16(first, little);
  for (let i = 0; i < many; i++) {
    const entry = first + 2 + i * 12;
    if (view.getUint16(entry, little) !== 0x010E) continue;
    const size = view.getUint32(entry + 4, little), from = size > 4 ? view.getUint32(entry + 8, little) : entry + 8;
    return json(new Uint8Array(buffer, start + skip + from, size));
  }
  return null;
}
