import { readData } from './assets.ts'

/** The languages of the outputs, the first one being the default. */
export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

type Catalogue = Readonly<Record<string, Readonly<Record<Language, string>>>>

let catalogue: Catalogue | null = null

/** Every message with its text in each language, from templates/messages.yaml. */
export function readCatalogue(): Catalogue {
  catalogue ??= readData('messages') as Catalogue
  return catalogue
}

/** A message with its holes filled, in their order. */
export function sentence(name: string, language: Language, ...values: readonly string[]): string {
  return messageText(name, language)
    .split('%s')
    .map((part, index) => (index === 0 ? part : `${values[index - 1] ?? ''}${part}`))
    .join('')
}

/** The text of a message. Throws where the catalogue has none. */
export function messageText(name: string, language: Language): string {
  const text = readCatalogue()[name]?.[language]
  if (text === undefined) throw new Error(`templates/messages.yaml has no ${name} in ${language}`)
  return text
}
