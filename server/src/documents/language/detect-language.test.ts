import { describe, expect, it } from "vitest";
import { detectLanguage } from "./detect-language.ts";

const samples: Record<string, string> = {
  en: "The committee will publish its findings on the safety of the bridge before the end of the year.",
  de: "Der Ausschuss wird seine Erkenntnisse über die Sicherheit der Brücke noch vor Jahresende veröffentlichen.",
  fr: "La commission publiera ses conclusions sur la sécurité du pont avant la fin de l'année prochaine.",
  es: "La comisión publicará sus conclusiones sobre la seguridad del puente antes de que termine el año.",
  pt: "A comissão publicará as suas conclusões sobre a segurança da ponte antes do fim do ano.",
  it: "La commissione pubblicherà le sue conclusioni sulla sicurezza del ponte prima della fine dell'anno.",
  nl: "De commissie zal haar bevindingen over de veiligheid van de brug voor het einde van het jaar publiceren.",
  pl: "Komisja opublikuje swoje ustalenia dotyczące bezpieczeństwa mostu przed końcem roku.",
  ru: "Комиссия опубликует свои выводы о безопасности моста до конца этого года.",
  uk: "Комісія опублікує свої висновки щодо безпеки мосту до кінця цього року.",
  el: "Η επιτροπή θα δημοσιεύσει τα συμπεράσματά της για την ασφάλεια της γέφυρας πριν από το τέλος του έτους.",
  he: "הוועדה תפרסם את ממצאיה בנוגע לבטיחות הגשר לפני סוף השנה.",
  ar: "ستنشر اللجنة نتائجها حول سلامة الجسر قبل نهاية العام الحالي.",
  fa: "این کمیته یافته‌های خود را درباره ایمنی پل پیش از پایان سال منتشر خواهد کرد.",
  hi: "समिति साल के अंत से पहले पुल की सुरक्षा पर अपने निष्कर्ष प्रकाशित करेगी।",
  th: "คณะกรรมการจะเผยแพร่ผลการตรวจสอบความปลอดภัยของสะพานก่อนสิ้นปีนี้",
  zh: "委员会将在年底之前公布关于大桥安全的调查结果。",
  ja: "委員会は年末までに橋の安全性に関する調査結果を公表する予定です。",
  ko: "위원회는 올해 말까지 다리의 안전에 관한 조사 결과를 발표할 예정이다.",
  // Those below are known to only one of the detectors.
  cy: "Bydd y pwyllgor yn cyhoeddi ei ganfyddiadau am ddiogelwch y bont cyn diwedd y flwyddyn.",
  ga: "Foilseoidh an coiste a chuid torthaí maidir le sábháilteacht an droichid roimh dheireadh na bliana.",
  sw: "Kamati itachapisha matokeo yake kuhusu usalama wa daraja kabla ya mwisho wa mwaka huu.",
  kk: "Комиссия көпірдің қауіпсіздігі туралы қорытындыларын жыл соңына дейін жариялайды.",
};

describe("detectLanguage", () => {
  it.each(Object.entries(samples))("knows %s", async (code, text) => {
    const detected = await detectLanguage(text);
    expect(detected?.code).toBe(code);
    expect(detected?.confidence).toBeGreaterThan(0.5);
    expect(detected?.confidence).toBeLessThanOrEqual(1);
  });

  it.each(["", "   \n", "1,234.56 78 %", "Invoice 42", "https://example.org/the/very/long/path/of/a/document"])(
    "says nothing about %j",
    async (text) => {
      expect(await detectLanguage(text)).toBeNull();
    },
  );

  it("needs fewer characters where each says more", async () => {
    expect(await detectLanguage("委员会公布调查结果")).toMatchObject({ code: "zh" });
  });

  it("says nothing about letters that are no language", async () => {
    expect(await detectLanguage("GTCA ACGT TTGA CCGA GGCT AACG TTAC CGTA ".repeat(5))).toBeNull();
  });

  it("looks past addresses and numbers, and at the beginning only", async () => {
    const addresses = "https://example.org/english/words/in/addresses 2024-01-01 a@example.org ".repeat(20);
    const text = addresses + `${samples["de"]} `.repeat(30) + `${samples["en"]} `.repeat(1000);
    expect(await detectLanguage(text)).toMatchObject({ code: "de" });
  });

  it("takes broken characters", async () => {
    expect(await detectLanguage(`\uD800 ${samples["fr"]} \uDC00`)).toMatchObject({ code: "fr" });
  });
});
