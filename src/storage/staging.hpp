#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "base/file.hpp"

namespace nassaq::storage {

/// A file that is on its way into a local storage. It is removed when this object goes, if it is still there.
class StagedFile {
public:
    /// @param lock  The open file, locked, so that other processes see that its owner lives.
    StagedFile(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
    StagedFile(StagedFile&& other) noexcept;
    StagedFile& operator=(StagedFile&& other) noexcept;
    ~StagedFile();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    UniqueFd lock_;
};

/// A folder inside a local storage for what cannot be linked straight into place: an upload from another file system.
/// What a process that died has left in it is removed at the next start.
class Staging {
public:
    /// @throws std::system_error
    explicit Staging(const std::filesystem::path& root);

    /// Copies a finished file here, durably.
    [[nodiscard]] StagedFile stage(const std::filesystem::path& source) const;
    /// Writes and removes a file. @throws std::system_error when that cannot be done.
    void probe() const;

private:
    void remove_abandoned() const;

    std::filesystem::path folder_;
};

/// Copies a whole file to one that is empty. @throws std::system_error; `path` names the target in it.
void copy_bytes(int source, int target, const std::filesystem::path& path);

/// @throws std::system_error
bool have_same_bytes(int blob, const std::filesystem::path& file);
/// Makes `file` another name of the blob at `path` below `root`, provided that it is still the one opened as `blob`.
/// Leaves the file as it is where that cannot be done.
void replace_by_link(int root, const std::string& path, int blob, const std::filesystem::path& file);

}  // namespace nassaq::storage
