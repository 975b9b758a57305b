import { describe, expect, it } from "vitest";
import { foldText } from "./fold-text.ts";
import { stemWord } from "./stem-word.ts";
import { wordsOf } from "./words.ts";

describe("folding", () => {
  it.each([
    ["Überweisung", "uberweisung"],
    ["STRASSE Straße", "strasse strasse"],
    ["ﬁnance", "finance"],
    ["ＡＢＣ１２", "abc12"],
    ["Łódź", "lodz"],
    ["cafe\u0301", "cafe"],
    ["exam\u00adple\ufeff", "example"],
    ["Ἀθῆναι", "αθηναι"],
    ["ﾊﾝｶｸｶﾞ", "ハンカクガ"],
    ["محمّد", "محمد"],
  ])("takes %s for %s", (text, folded) => expect(foldText(text)).toBe(folded));

  it("keeps the marks that are letters of their own", () => {
    expect(foldText("हिन्दी")).toBe("हिन्दी");
    expect(foldText("Чай")).toBe("чай");
    expect(foldText("ガ")).not.toBe(foldText("カ"));
  });

  it("changes nothing when it is done again", () => {
    for (const text of ["İstanbul", "ŊΣς ẞ ﷺ ㎏", "Việt Nam", "가각"]) {
      expect(foldText(foldText(text))).toBe(foldText(text));
    }
  });
});

describe("words", () => {
  const texts = (text: string) => [...wordsOf(text)].map((word) => word.text + (word.unspaced ? "*" : "")).join(" ");

  it("ends at everything that is neither letter nor digit", () => {
    expect(texts("l'été, COVID-19 😀 foo_bar a.b@c.de")).toBe("l été COVID 19 foo bar a b c de");
  });

  it("sets scripts without spaces apart", () => {
    expect(texts("iPhone手机 第3章 テーブルの naïve ไทยนี้ 한국어 हिन्दी")).toBe(
      "iPhone 手机* 第* 3 章* テーブルの* naïve ไทยนี้* 한국어* हिन्दी",
    );
  });

  it("gives the place of each in UTF-16 code units", () => {
    const text = "😀 Zürich 東京";
    expect([...wordsOf(text)].map(({ start, end }) => text.slice(start, end))).toEqual(["Zürich", "東京"]);
  });
});

describe("stems", () => {
  it("knows the rules of a language", () => {
    expect(stemWord("running", "en")).toBe(stemWord("runs", "en"));
    expect(stemWord("rechnungen", "de")).toBe(stemWord("rechnung", "de"));
    expect(stemWord("счетами", "ru")).toBe(stemWord("счета", "ru"));
  });

  it("leaves a word of an unknown language as it is", () => {
    expect([stemWord("running", null), stemWord("running", "xx")]).toEqual(["running", "running"]);
  });
});
