#include "imports/put_aside.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/file.hpp"
#include "base/last_error.hpp"
#include "imports/target.hpp"

namespace nassaq::imports {
namespace {

/// @return false when there is something of the new name. @throws std::system_error
bool rename_unless_taken(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
        return true;
    }
    if (errno == EEXIST) {
        return false;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        throw_last_error("move", from.native());
    }
    // A file system that cannot do both at once, as those over a network.
    if (std::filesystem::exists(to)) {
        return false;
    }
    std::filesystem::rename(from, to);
    return true;
}

}  // namespace

std::filesystem::path put_aside(const std::filesystem::path& root, std::string_view folder,
                                const std::filesystem::path& relative) {
    const std::filesystem::path place = root / folder / relative.parent_path();
    std::filesystem::create_directories(place);
    for (int number = 1;; ++number) {
        const auto to = place / numbered_name(relative.filename().native(), number);
        if (rename_unless_taken(root / relative, to)) {
            return to;
        }
        if (number == most_namesakes) {
            throw std::system_error(EEXIST, std::generic_category(), "cannot move " + relative.native());
        }
    }
}

void put_aside_as_failed(const std::filesystem::path& root, const std::filesystem::path& relative,
                         std::string_view reason) {
    std::filesystem::path note = put_aside(root, failed_folder, relative);
    note += ".why.txt";
    file::replace_small(note, std::string(reason) + "\n", 0644);
}

}  // namespace nassaq::imports
