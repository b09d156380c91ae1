#include "storage/local_path.hpp"

#include <cstddef>

#include "storage/storage.hpp"

namespace nassaq::storage {
namespace {

/// With "%+" behind it and the last character whole a component stays below the 255 bytes of Linux's file systems.
constexpr std::size_t longest_piece = 200;
constexpr std::string_view folder_mark = "%";
constexpr std::string_view continuation_mark = "%+";

bool is_inside_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// The length of the UTF-8 character at the front; a stray byte counts as one.
std::size_t character_length(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && length < 4 && is_inside_character(text[length])) {
        ++length;
    }
    return length;
}

/// The rest of a cut segment may be a name that means a folder to the system.
std::string protect_dots(const std::string& piece) {
    if (piece == ".") {
        return "%2E";
    }
    return piece == ".." ? "%2E%2E" : piece;
}

/// Adds the folders that the front of a long segment becomes. @return what is left of it.
std::string cut_segment(std::string_view segment, std::vector<std::string>& folders) {
    std::string piece;
    while (!segment.empty()) {
        const std::string_view character = segment.substr(0, character_length(segment));
        const std::string_view encoded = character == "%" ? "%25" : character;
        if (piece.size() + encoded.size() > longest_piece) {
            folders.push_back(piece.append(continuation_mark));
            piece.clear();
        }
        piece += encoded;
        segment.remove_prefix(character.size());
    }
    return protect_dots(piece);
}

std::optional<std::string> decode(std::string_view piece) {
    std::string text;
    while (!piece.empty()) {
        std::size_t used = 3;
        if (piece.starts_with("%25")) {
            text += '%';
        } else if (piece.starts_with("%2E")) {
            text += '.';
        } else if (piece.front() != '%') {
            text += piece.front();
            used = 1;
        } else {
            return std::nullopt;
        }
        piece.remove_prefix(used);
    }
    return text;
}

}  // namespace

LocalPath LocalPath::of(std::string_view name) {
    require_blob_name(name);
    LocalPath path;
    for (;;) {
        const std::size_t slash = name.find('/');
        const std::string_view segment = name.substr(0, slash);
        std::string rest = cut_segment(segment, path.folders);
        if (slash == std::string_view::npos) {
            path.file = std::move(rest);
            return path;
        }
        path.folders.push_back(rest.append(folder_mark));
        name.remove_prefix(slash + 1);
    }
}

std::string LocalPath::folder(std::size_t count) const {
    std::string joined;
    for (std::size_t i = 0; i < count; ++i) {
        joined += (i == 0 ? "" : "/") + folders[i];
    }
    return joined;
}

std::string LocalPath::joined() const {
    return folders.empty() ? file : folder(folders.size()) + "/" + file;
}

std::optional<LocalComponent> LocalComponent::parse(std::string_view component) {
    LocalComponent result;
    if (component.ends_with(continuation_mark)) {
        result.kind = Kind::continuation;
        component.remove_suffix(continuation_mark.size());
    } else if (component.ends_with(folder_mark)) {
        result.kind = Kind::folder;
        component.remove_suffix(folder_mark.size());
    }
    auto text = decode(component);
    if (!text || text->empty() || component == "." || component == "..") {
        return std::nullopt;
    }
    result.text = std::move(*text);
    if (result.kind == Kind::folder) {
        result.text += '/';
    }
    return result;
}

}  // namespace nassaq::storage
