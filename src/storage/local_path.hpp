#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nassaq::storage {

/// Where a blob lies below the folder of a local storage. The mapping is one to one, so that listing the folder gives
/// the names back:
///
/// - '%' in a name is written "%25", so that '%' is free to mark what follows;
/// - each folder ends in '%' ("contracts/lease.pdf" lies in "contracts%/lease.pdf"), so that the documents "a" and
/// "a/b"
///   can both exist;
/// - a segment longer than a file system takes (255 bytes; a name may have 765) is cut between two characters into
///   folders that end in "%+" and the rest.
struct LocalPath {
    std::vector<std::string> folders;  ///< From the outermost to the innermost.
    std::string file;

    /// @throws std::invalid_argument when `name` is no name of a blob: it is empty, holds a NUL, or one of its segments
    /// is empty, "." or "..". So no path leads out of the storage's folder.
    static LocalPath of(std::string_view name);

    /// The outermost `count` folders, joined.
    [[nodiscard]] std::string folder(std::size_t count) const;
    /// All of it, joined.
    [[nodiscard]] std::string joined() const;
};

/// One component of such a path, read back.
struct LocalComponent {
    enum class Kind { file, folder, continuation };

    Kind kind = Kind::file;
    std::string text;  ///< Its part of the name, with a '/' after a whole folder.

    /// @return nothing when LocalPath writes no such component.
    static std::optional<LocalComponent> parse(std::string_view component);
};

}  // namespace nassaq::storage
