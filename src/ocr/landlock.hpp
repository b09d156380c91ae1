#pragma once

#include <filesystem>

#include "base/file.hpp"

namespace nassaq::ocr {

/// The newest version of Landlock (landlock(7), "ABI") whose rights this program knows.
inline constexpr int newest_landlock = 7;

/// The version that this kernel offers to this process. 0: none, because it is older than 5.13, has it switched off, or
/// a filter of system calls keeps it from us.
int landlock_version();

/// The files of one program over foreign bytes.
struct FileAccess {
    std::filesystem::path program;   ///< May be executed, and nothing else.
    std::filesystem::path folder;    ///< Files in it may be made, written and read.
    std::filesystem::path document;  ///< May be read. May be empty.
};

/// Lets a process reach the files of its FileAccess and what the system has for every program (libraries, models,
/// fonts, nothing of /proc, /home, /etc or /var besides), whoever its user is. What the version at hand does not know
/// to restrict, a change of a file's length or attributes by its name, is not among the calls of SystemCallFilter.
/// Processes restricted by different rules cannot look into each other, nor into the one that started them.
class FileRules {
public:
    /// @param version  As landlock_version() has it, or lower. 0: there are no rules.
    /// @throws std::system_error when the rules cannot be made. A file that is not there gets none.
    FileRules(const FileAccess& access, int version);

    /// For the calling thread, which must have no_new_privs; async-signal-safe. @return false with errno.
    [[nodiscard]] bool enforce() const noexcept;

private:
    void allow(const std::filesystem::path& path, std::uint64_t rights);

    std::uint64_t handled_;  ///< The rights that this version knows.
    UniqueFd rules_;
};

}  // namespace nassaq::ocr
