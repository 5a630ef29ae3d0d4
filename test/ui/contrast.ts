// What on a page has too little contrast, from computed colours: runs inside the page, so it may use nothing from outside.
// Text is judged at 4.5 : 1 (3 : 1 when large: from 24 px, or bold from 18.66 px), graphics that mean something at 3 : 1.

/** One line per fault: what, its text, its ratio. `graphics` selects the elements whose own ink is judged. */
export function contrastFaults(graphics: string): string[] {
  type Colour = readonly [number, number, number, number];
  const parse = (text: string): Colour => {
    const numbers = (text.match(/-?[\d.]+/g) ?? []).map(Number);
    // color(srgb …) counts from 0 to 1, rgb(…) to 255.
    const scale = text.startsWith('color(') ? 255 : 1;
    return [(numbers[0] ?? 0) * scale, (numbers[1] ?? 0) * scale, (numbers[2] ?? 0) * scale, numbers[3] ?? 1];
  };
  const over = ([r, g, b, a]: Colour, [R, G, B]: Colour): Colour => [
    r * a + R * (1 - a),
    g * a + G * (1 - a),
    b * a + B * (1 - a),
    1,
  ];
  const luminance = (colour: Colour): number => {
    const [r, g, b] = colour.slice(0, 3).map(value => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a: Colour, b: Colour): number => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };
  /** The ground of an element: the backgrounds of it and all around it, from the bottom up. */
  const groundOf = (element: Element): Colour => {
    const chain: Element[] = [];
    for (let at: Element | null = element; at; at = at.parentElement) chain.unshift(at);
    let ground: Colour = [255, 255, 255, 1];
    for (const part of chain) ground = over(parse(getComputedStyle(part).backgroundColor), ground);
    return ground;
  };
  const opacityOf = (element: Element): number => {
    let opacity = 1;
    for (let at: Element | null = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    return opacity;
  };
  const isSeen = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return width > 1 && height > 1 && style.visibility === 'visible' && opacityOf(element) > 0;
  };
  const faults = new Set<string>();
  const judge = (element: Element, ink: Colour, least: number, what: string, under: Element = element): void => {
    const ground = groundOf(under);
    const [r, g, b, a] = ink;
    const got = ratio(over([r, g, b, a * opacityOf(element)], ground), ground);
    if (got < least)
      faults.add(`${what} <${element.tagName} ${element.getAttribute('class') ?? ''}> ${got.toFixed(2)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!element || !node.textContent?.trim() || !isSeen(element) || element.closest('script, style')) continue;
    const style = getComputedStyle(element);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    judge(element, parse(ink), isLarge ? 3 : 4.5, `"${node.textContent.trim().slice(0, 24)}"`);
  }
  for (const field of document.querySelectorAll<HTMLInputElement>('input, select, textarea')) {
    if (!isSeen(field)) continue;
    judge(field, parse(getComputedStyle(field).color), 4.5, `field "${field.value.slice(0, 24)}"`);
    if (field.placeholder && field.value === '')
      judge(field, parse(getComputedStyle(field, '::placeholder').color), 4.5, `placeholder "${field.placeholder}"`);
  }
  for (const element of document.querySelectorAll(graphics)) {
    if (!isSeen(element)) continue;
    const style = getComputedStyle(element);
    const isDrawn = element instanceof SVGElement;
    const ink = !isDrawn ? style.backgroundColor : style.stroke !== 'none' ? style.stroke : style.fill;
    if (ink !== 'none' && parse(ink)[3] > 0) judge(element, parse(ink), 3, 'graphic', element.parentElement ?? element);
  }
  return [...faults];
}
