# Reads a daemon.json with one byte behind it, so that its end is known, and prints it with `urls` as its
# registry-mirrors and every other byte as it is. By list=1 it prints the mirrors that it has, one a line. Where it is
# not one object of JSON this ends with 1 and prints line, column and what stands there: a comment, a comma too many, a
# key that stands twice, the end, or something else. Runs on any awk, by LC_ALL=C.
{ text = text (NR > 1 ? "\n" : "") $0 }

END {
  size = length(text) - 1
  text = substr(text, 1, size)
  want = "value"
  for (at = 1; at <= size; at++) {
    char = substr(text, at, 1)
    if (index(" \t\r\n", char)) continue
    start = at
    if (want == "end" || !take(char)) {
      at = start
      fail(index("/#", char) ? "comment" : "other")
    }
    last = at
  }
  if (want != "end" && text !~ /^[ \t\r\n]*$/) fail("end")
  ORS = ""
  if (list) print_list()
  else print_merged(split(urls, url, " "))
}

# Takes what begins with a character, and leaves `at` at its end; returns 0 where it may not stand there.
function take(char) {
  if (char == "\"") return take_string()
  if (char == "{" || char == "[") return take_open(char)
  if (char == "}" || char == "]") return take_close(char)
  if (char == ",") {
    if (want != "more") return 0
    want = shape[depth] == "{" ? "key" : "item"
    return 1
  }
  if (char == ":") {
    if (want != "colon") return 0
    want = "value"
    return 1
  }
  return take_word()
}

# A key, or a string as a value.
function take_string(  from, key) {
  from = at
  if (want == "colon" || want == "more") return 0
  find_quote()
  key = plain(substr(text, from + 1, at - from - 1))
  if (want == "key" || want == "first") {
    if (shape[depth] == "{") return take_key(key, from)
    want = "value"
  }
  if (depth == 2 && ours) found[++count] = key
  return begin_value(from) && end_value()
}

function take_key(key, from) {
  if ((number[depth], key) in seen) {
    at = from
    fail("twice " key)
  }
  seen[number[depth], key] = 1
  if (depth == 1) {
    gap = substr(text, last + 1, from - last - 1)
    if (!keys++) first_gap = gap
    ours = key == "registry-mirrors"
    if (ours) our_gap = gap
  }
  want = "colon"
  return 1
}

# Goes from the beginning of a string to its end.
function find_quote(  char) {
  for (at++; at <= size; at++) {
    char = substr(text, at, 1)
    if (char == "\"") return
    if (char < " ") fail("other")
    if (char != "\\") continue
    char = substr(text, ++at, 1)
    if (char == "u") {
      if (substr(text, at + 1, 4) !~ /^[0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f][0-9A-Fa-f]$/) fail("other")
      at += 4
    } else if (char == "" || !index("\"\\/bfnrt", char)) fail("other")
  }
  fail("end")
}

function take_open(char) {
  if (!begin_value(at) || (depth == 0 && char != "{")) return 0
  if (depth > 1) odd = 1
  shape[++depth] = char
  number[depth] = ++objects
  if (depth == 1) brace = at
  want = "first"
  return 1
}

function take_close(char) {
  if (want == "key" || want == "item") {
    at = last
    fail("comma")
  }
  if (depth == 0 || want != "first" && want != "more" || (shape[depth] == "{") != (char == "}")) return 0
  if (depth == 1) end_gap = substr(text, last + 1, at - last - 1)
  depth--
  return end_value()
}

# A number, true, false or null.
function take_word(  from, word) {
  from = at
  while (at <= size && substr(text, at, 1) ~ /[-+.0-9A-Za-z]/) at++
  word = substr(text, from, at - from)
  at--
  if (word !~ /^(true|false|null|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?)$/ || !begin_value(from)) return 0
  if (depth > 1) odd = 1
  return end_value()
}

# Whether a value may begin here.
function begin_value(from) {
  if (want != "value" && want != "item" && !(want == "first" && shape[depth] == "[")) return 0
  if (depth == 0 && substr(text, from, 1) != "{") return 0
  if (depth == 1 && ours) {
    our_start = from
    odd = substr(text, from, 1) != "["
  }
  return 1
}

function end_value() {
  if (depth == 1 && ours) {
    our_end = at
    have = 1
    was_odd = odd
    ours = 0
  }
  want = depth == 0 ? "end" : "more"
  return 1
}

# What a string means, as bytes, so that a key is known however it is written.
function plain(string,  out, place, char, code, low) {
  while ((place = index(string, "\\")) > 0) {
    out = out substr(string, 1, place - 1)
    char = substr(string, place + 1, 1)
    string = substr(string, place + 2)
    if (char == "u") {
      code = hex(string)
      string = substr(string, 5)
      if (code >= 55296 && code < 56320 && substr(string, 1, 2) == "\\u") {
        low = hex(substr(string, 3))
        if (low >= 56320 && low < 57344) {
          code = 65536 + (code - 55296) * 1024 + low - 56320
          string = substr(string, 7)
        }
      }
      char = utf8(code)
    } else if (index("bfnrt", char)) char = substr("\b\f\n\r\t", index("bfnrt", char), 1)
    out = out char
  }
  return out string
}

function hex(string,  place, value) {
  for (place = 1; place <= 4; place++)
    value = value * 16 + index("0123456789abcdef", tolower(substr(string, place, 1))) - 1
  return value
}

function utf8(code) {
  if (code == 0) return "\\0"
  if (code < 128) return sprintf("%c", code)
  if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
  if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
  return sprintf("%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64) \
    sprintf("%c%c", 128 + int(code / 64) % 64, 128 + code % 64)
}

function print_list(  place) {
  if (!was_odd) for (place = 1; place <= count; place++) print found[place] "\n"
}

function print_merged(wanted,  place, same, key, entry) {
  same = have && !was_odd && wanted == count
  for (place = 1; same && place <= wanted; place++) same = bare(found[place]) == bare(url[place])
  key = "\"registry-mirrors\":"
  if (same) print text
  else if (have) print substr(text, 1, our_start - 1) array(wanted, our_gap) substr(text, our_end + 1)
  else if (keys) {
    entry = key blank(first_gap) array(wanted, first_gap)
    print substr(text, 1, brace) first_gap entry "," substr(text, brace + 1)
  }
  else print_first(key " " array(wanted, "\n  "))
}

# The first key of an empty object, or of an empty file.
function print_first(entry) {
  if (!brace) print "{\n  " entry "\n}" (size ? text : "\n")
  else {
    if (end_gap !~ /\n/) entry = entry "\n"
    print substr(text, 1, brace) "\n  " entry substr(text, brace + 1)
  }
}

# The list of mirrors, written as the keys around it are.
function array(wanted, gap,  lines, open, between, out, place) {
  if (wanted == 0) return "[]"
  between = blank(gap)
  place = split(gap, lines, "\n")
  if (place > 1) {
    between = (gap ~ /\r\n/ ? "\r\n" : "\n") lines[place]
    open = between lines[place]
  }
  out = "[" open "\"" url[1] "\""
  for (place = 2; place <= wanted; place++) out = out "," (open == "" ? between : open) "\"" url[place] "\""
  return out (open == "" ? "" : between) "]"
}

function blank(gap) {
  return gap == "" ? "" : " "
}

# The engine knows an address with a slash at its end as the same.
function bare(address) {
  sub(/\/$/, "", address)
  return address
}

function fail(what,  lines, line) {
  line = split(substr(text, 1, at - 1), lines, "\n")
  print (line ? line : 1) " " (length(lines[line]) + 1) " " what
  exit 1
}
