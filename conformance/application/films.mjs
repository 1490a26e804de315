/** The films of the application, and what is asked of them: for the programs in JavaScript. */

const GENRES = ["drama", "comedy", "noir"];
export const TITLES =
  "Solaris,Stalker,Playtime,Laura,Mirror,Trafic,Vertigo,Ran,Heat,M,Brazil,Alien".split(",");

/** The scalar fields, and the dynamic one, as they are printed. */
export const FIELDS =
  "title genre year minutes rating gross colour tags details place studio".split(" ");

/** Film number `id`, from 1: nothing but integers and simple fractions, so that every client sends the same values. */
export function film(id) {
  return {
    id,
    title: TITLES[id - 1],
    genre: GENRES[id % 3],
    year: 1920 + 7 * id,
    minutes: 80 + ((id * 37) % 50),
    rating: 5 + (id % 5) / 4,
    gross: id % 4 === 0 ? null : id * 1.5,
    colour: id % 2 === 0,
    tags: [`t${id % 2}`, `t${2 + (id % 3)}`],
    details: { director: `d${id % 4}`, awards: id % 5 },
    place: `POINT (${id} ${id % 3})`,
    studio: `s${id % 2}`,
    plot: [(id * 3) / 8, (id % 5) / 4, (id % 7) / 8, 1],
    poster: [id, 255 - id],
    sound: [id / 4, 1, (id % 3) / 2, 0.5],
    words: { [id]: 1, [20 + (id % 4)]: id / 8 },
  };
}

export const FILTERS = [
  "year > 1950 and year <= 1980",
  "id in [2, 3, 5, 7]",
  'title like "S%"',
  "not (colour == true)",
  "gross is null",
  "gross > 6",
  "minutes % 2 == 0",
  "rating * 2 >= 12",
  'details["director"] == "d1" and details["awards"] > 0',
  'array_contains(tags, "t1")',
  'json_contains_any(tags, ["t2", "t3"])',
  "array_length(tags) == 2 and 100 < minutes < 120",
  'studio == "s1" or genre == "noir"',
  "st_within(place, 'POLYGON ((0 0, 6 0, 6 3, 0 3, 0 0))')",
];

export function inOrder(rows) {
  return rows.sort((a, b) => Number(a.id) - Number(b.id));
}

export function numbers(values) {
  return `[${[...values].join(" ")}]`;
}

/** Text as it is, the rest as JSON without spaces. */
export function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
