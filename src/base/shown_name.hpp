#pragma once

#include <string>
#include <string_view>

/// Names of people, files and folders as others will see them (docs/decisions/0074-names-as-they-are-seen.md).
namespace nassaq::text {

/// The name without what cannot be seen in it: characters that turn the direction of the text around, that have no
/// width, and ends of lines. What shows stays: a joiner or non-joiner that changes the form of a letter beside it
/// (Persian, Indic scripts), and joiners and selectors of emoji. Expects valid UTF-8.
std::string without_hidden_characters(std::string_view name);
/// Whether without_hidden_characters() would take something away.
bool has_hidden_character(std::string_view name);

}  // namespace nassaq::text
