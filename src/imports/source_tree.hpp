#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace nassaq::imports {

/// A regular file, as it was when it was looked at.
struct SourceFile {
    std::filesystem::path relative;  ///< To the folder that is imported.
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;  ///< Since 1970: its date for people.
    std::int64_t changed_ns = 0;   ///< When its bytes, or what is known of them, changed last: nobody sets that back.

    bool operator==(const SourceFile&) const = default;
};

/// Something in the folder that can be no document, and why.
struct SourceFault {
    std::filesystem::path relative;
    std::string reason;
};

/// The files of a folder and of those below it. Links are not followed: they may lead in circles, or out of it.
class SourceTree {
public:
    struct Visitor {
        std::function<void(SourceFile)> on_file;
        std::function<void(SourceFault)> on_fault;
    };

    /// @param left_out  names directly in `root` that are not looked into.
    SourceTree(std::filesystem::path root, std::vector<std::string> left_out);

    /// Goes through all of it, a folder's files before the folders in it, until `stop` is requested. Files that only
    /// programs want are passed over: hidden ones, and those that are being copied or edited.
    void visit(const Visitor& visitor, const std::stop_token& stop) const;
    /// The file as it is now. Nothing when there is no such regular file.
    [[nodiscard]] std::optional<SourceFile> look(const std::filesystem::path& relative) const;
    [[nodiscard]] const std::filesystem::path& root() const { return root_; }

private:
    void visit_folder(const std::filesystem::path& relative, const Visitor& visitor, const std::stop_token& stop) const;

    std::filesystem::path root_;
    std::vector<std::string> left_out_;
};

/// Whether nobody has written to it for so long. A file whose time lies in the future is asked about by its changes.
bool is_quiet(const SourceFile& file, std::chrono::milliseconds time);

/// For people: a name as it is, and what is no text escaped.
std::string shown(const std::filesystem::path& relative);

}  // namespace nassaq::imports
