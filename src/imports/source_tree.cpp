#include "imports/source_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace nassaq::imports {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> names_of_systems{"thumbs.db", "desktop.ini"};
constexpr std::array<std::string_view, 4> endings_of_copies{".tmp", ".part", ".filepart", ".crdownload"};

std::string to_lower_ascii(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char byte) { return std::tolower(byte); });
    return lower;
}

bool is_for_programs(std::string_view name) {
    const std::string lower = to_lower_ascii(name);
    return name.starts_with('.') || name.starts_with("~$") ||
           std::ranges::find(names_of_systems, lower) != names_of_systems.end() ||
           std::ranges::any_of(endings_of_copies, [&](std::string_view ending) { return lower.ends_with(ending); });
}

std::int64_t nanoseconds(const timespec& time) {
    constexpr std::int64_t a_second = 1'000'000'000;
    return std::int64_t{time.tv_sec} * a_second + time.tv_nsec;
}

SourceFile describe(fs::path relative, const struct stat& status) {
    return {.relative = std::move(relative),
            .size = status.st_size,
            .modified_ns = nanoseconds(status.st_mtim),
            .changed_ns = nanoseconds(status.st_ctim)};
}

std::string_view fault_of_kind(mode_t mode) {
    return S_ISLNK(mode) ? "It is a symbolic link, which is not followed." : "It is no regular file.";
}

}  // namespace

SourceTree::SourceTree(fs::path root, std::vector<std::string> left_out)
    : root_(std::move(root)), left_out_(std::move(left_out)) {}

void SourceTree::visit(const Visitor& visitor, const std::stop_token& stop) const {
    visit_folder({}, visitor, stop);
}

void SourceTree::visit_folder(const fs::path& relative, const Visitor& visitor, const std::stop_token& stop) const {
    std::error_code error;
    std::vector<fs::path> folders;
    fs::directory_iterator entry(root_ / relative, error);
    for (; !error && entry != fs::directory_iterator() && !stop.stop_requested(); entry.increment(error)) {
        const fs::path name = entry->path().filename();
        const bool is_left_out = relative.empty() && std::ranges::find(left_out_, name.native()) != left_out_.end();
        if (is_left_out || is_for_programs(name.native())) {
            continue;
        }
        fs::path inner = relative / name;
        struct stat status {};
        if (::lstat((root_ / inner).c_str(), &status) != 0) {
            continue;  // It has gone meanwhile.
        }
        if (!text::is_valid_utf8(name.native())) {
            visitor.on_fault({.relative = std::move(inner), .reason = "Its name is no UTF-8."});
        } else if (S_ISDIR(status.st_mode)) {
            folders.push_back(std::move(inner));
        } else if (S_ISREG(status.st_mode)) {
            visitor.on_file(describe(std::move(inner), status));
        } else {
            visitor.on_fault({.relative = std::move(inner), .reason = std::string(fault_of_kind(status.st_mode))});
        }
    }
    if (error) {
        visitor.on_fault({.relative = relative, .reason = "The folder cannot be read: " + error.message() + "."});
    }
    for (const fs::path& folder : folders) {
        visit_folder(folder, visitor, stop);
    }
}

std::optional<SourceFile> SourceTree::look(const fs::path& relative) const {
    struct stat status {};
    if (::lstat((root_ / relative).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    return describe(relative, status);
}

bool is_quiet(const SourceFile& file, std::chrono::milliseconds time) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto since = [&](std::int64_t moment) { return now - std::chrono::nanoseconds(moment); };
    const bool is_of_the_future = since(file.modified_ns) < std::chrono::nanoseconds(0);
    return since(file.changed_ns) >= time && (is_of_the_future || since(file.modified_ns) >= time);
}

std::string shown(const fs::path& relative) {
    const std::string& name = relative.native();
    if (text::is_valid_utf8(name) && !text::has_control_character(name)) {
        return name;
    }
    return text::percent_encode(name, "/ ");
}

}  // namespace nassaq::imports
