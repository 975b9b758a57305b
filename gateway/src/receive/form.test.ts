import { describe, expect, it } from "vitest";
import { encodeText } from "../json.ts";
import { readForm, writeForm } from "./form.ts";

const png = Uint8Array.of(0x89, 0x50, 0x0d, 0x0a, 0x2d, 0x2d, 0x00, 0xff);

/** A form as the web's own interface writes it. */
const sent = async (form: FormData) => {
  const response = new Response(form);
  const contentType = response.headers.get("content-type") ?? "";
  return { bytes: new Uint8Array(await response.arrayBuffer()), contentType };
};

const exampleForm = (): FormData => {
  const form = new FormData();
  form.append("model", "pictures");
  form.append("prompt", 'Ein grüner Baum\r\nmit "Blättern"');
  form.append("image[]", new File([png], 'a "b".png', { type: "image/png" }));
  form.append("image[]", new File([png], "zwei-ü.png", { type: "image/png" }));
  return form;
};

describe("readForm", () => {
  it("reads texts and files, bytes that look like a boundary included", async () => {
    const { bytes, contentType } = await sent(exampleForm());
    expect(await readForm(bytes, contentType)).toEqual({
      fields: { model: "pictures", prompt: 'Ein grüner Baum\r\nmit "Blättern"' },
      files: [
        { field: "image[]", name: 'a "b".png', mediaType: "image/png", data: png },
        { field: "image[]", name: "zwei-ü.png", mediaType: "image/png", data: png },
      ],
    });
  });

  it("makes a list of a field that is named twice, so that no other is seen than the one that is checked", async () => {
    const form = new FormData();
    for (const model of ["a", "b", "c"]) form.append("model", model);
    form.append("__proto__", "polluted");
    const { bytes, contentType } = await sent(form);
    const { fields } = await readForm(bytes, contentType);
    expect(fields["model"]).toEqual(["a", "b", "c"]);
    expect(Object.keys(fields)).toEqual(["model", "__proto__"]);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });

  it.each([undefined, "application/json", "multipart/mixed; boundary=x", "multipart/form-database; boundary=x"])(
    "refuses the content type %s",
    async (contentType) => {
      await expect(readForm(encodeText("{}"), contentType)).rejects.toMatchObject({
        status: 415,
        code: "unsupported_content_type",
        message: expect.stringContaining("multipart/form-data"),
      });
    },
  );

  it.each([
    ["no boundary", "multipart/form-data", "--x--\r\n"],
    [
      "another boundary",
      "multipart/form-data; boundary=y",
      "--x\r\ncontent-disposition: form-data; name=a\r\n\r\nb\r\n--x--",
    ],
    ["no end", "multipart/form-data; boundary=x", '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb'],
    ["JSON in it", "multipart/form-data; boundary=x", '{"model":"m"}'],
  ])("refuses a form with %s", async (_what, contentType, text) => {
    await expect(readForm(encodeText(text), contentType)).rejects.toMatchObject({ status: 400, code: "invalid_form" });
  });

  it("takes 64 parts and refuses the 65th", async () => {
    const form = new FormData();
    for (let part = 0; part < 64; part += 1) form.append(`f${part}`, "x");
    const allowed = await sent(form);
    expect(Object.keys((await readForm(allowed.bytes, allowed.contentType)).fields)).toHaveLength(64);
    form.append("f64", "x");
    const tooMany = await sent(form);
    await expect(readForm(tooMany.bytes, tooMany.contentType)).rejects.toMatchObject({ code: "invalid_form" });
  });
});

describe("writeForm", () => {
  it("writes what is read to be the same again, by any other reader too", async () => {
    const { bytes, contentType } = await sent(exampleForm());
    const form = await readForm(bytes, contentType);
    const written = writeForm(form);
    expect(await readForm(written.bytes, written.contentType)).toEqual(form);
    expect(written.contentType).not.toBe(contentType);
  });

  it("lets no name break out of its header", async () => {
    const files = [{ field: 'a"\r\nx: y', name: 'b"\r\n\r\nevil', mediaType: "image/png", data: png }];
    const written = writeForm({ fields: { 'c"\n': "d", list: ["1", "2"] }, files });
    const { fields, files: read } = await readForm(written.bytes, written.contentType);
    expect(read).toHaveLength(1);
    expect(read[0]?.data).toEqual(png);
    expect(Object.keys(fields)).toHaveLength(2);
    expect(fields["list"]).toEqual(["1", "2"]);
  });
});
