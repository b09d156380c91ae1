#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/following_hash.hpp"
#include "base/sha256.hpp"

namespace nassaq {

class Spool;

/// The notes of a spool's files (SpoolFile::note_blob_name). A file that is no longer needed is kept for the next note:
/// to make one and remove it again with each upload costs more than anything else about it on some file systems. Safe
/// to use from several threads.
class SpoolNotes {
public:
    struct Note {
        UniqueFd fd;
        std::filesystem::path path;
    };

    explicit SpoolNotes(std::filesystem::path directory) : directory_(std::move(directory)) {}

    /// Writes the note at `path`, in the spool's folder, where there may be one already.
    Note write(const std::filesystem::path& path, std::string_view text);
    /// Takes the note away.
    void put_back(Note note) noexcept;

private:
    Note take(const std::filesystem::path& path);
    /// Empties the note and gives it a name of its own.
    bool make_spare(Note& note);

    std::filesystem::path directory_;
    std::mutex mutex_;
    std::vector<Note> spare_;  ///< As many as there were notes at once.
    std::atomic<std::uint64_t> made_ = 0;
};

/// Goes along with a file in the spool while it is written, to do something with its bytes meanwhile.
class SpoolCompanion {
public:
    SpoolCompanion() = default;
    SpoolCompanion(const SpoolCompanion&) = delete;
    SpoolCompanion& operator=(const SpoolCompanion&) = delete;
    /// When the file goes. Must not block for long.
    virtual ~SpoolCompanion() = default;

    /// So many bytes are in the file by now. Called by its writer, whom it must not keep waiting.
    virtual void on_written(std::uint64_t size) = 0;
};

/// A file in the spool folder, hashed while it is written. It is removed when this object goes, unless a storage has
/// linked it elsewhere, which keeps the bytes. Used by one thread at a time.
class SpoolFile {
public:
    SpoolFile(SpoolFile&&) noexcept;
    SpoolFile& operator=(SpoolFile&&) noexcept;
    ~SpoolFile();

    /// @throws std::system_error, ENOSPC when the disk is full.
    void append(std::string_view bytes);
    /// Ends the writing: after it size() and sha256() are final.
    void finish();
    /// Has somebody go along with the file, from now on until it goes. May be nobody.
    void take_along(std::unique_ptr<SpoolCompanion> companion) { companion_ = std::move(companion); }
    /// Who goes along with it; nullptr when nobody does.
    [[nodiscard]] SpoolCompanion* companion() const { return companion_.get(); }
    /// Writes down which blob this file is about to become, so that after a kill the next start can tell whether that
    /// blob was left behind without a document. See jobs/janitor.hpp. A later note replaces the one before.
    void note_blob_name(std::string_view blob_name);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Lower-case hexadecimal. Empty before finish().
    [[nodiscard]] const std::string& sha256() const { return sha256_; }
    /// Whether its bytes survive a power cut already.
    [[nodiscard]] bool is_synced() const { return is_synced_; }

private:
    friend class Spool;
    SpoolFile(std::filesystem::path path, HashFollower& follower, SpoolNotes& notes)
        : path_(std::move(path)), follower_(&follower), notes_(&notes) {}
    void hand_on();
    void sync_beside_the_hash();

    std::filesystem::path path_;
    UniqueFd fd_;
    HashFollower* follower_;
    SpoolNotes* notes_;
    std::optional<SpoolNotes::Note> note_;
    std::optional<Sha256> hash_;             ///< While the file is small.
    std::shared_ptr<FollowingHash> behind_;  ///< When it is larger.
    std::uint64_t size_ = 0;
    std::uint64_t handed_on_ = 0;  ///< So much of it is on its way to the disk, and to be hashed behind us.
    bool is_synced_ = false;
    std::string sha256_;
    std::unique_ptr<SpoolCompanion> companion_;
};

/// What a process that died has left in the spool folder.
struct SpoolLeftover {
    std::filesystem::path file;
    std::optional<std::string> blob_name;  ///< As noted by SpoolFile::note_blob_name().
};

/// The folder that uploads are written to before they are stored. Each process has its own sub-folder and holds a lock
/// on it as long as it lives, so that any process can tell the files of the dead from those of the living.
/// Safe to use from several threads.
class Spool {
public:
    /// Makes `root` and this process's folder in it. @throws std::system_error
    explicit Spool(std::filesystem::path root);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    SpoolFile create();
    /// A file whose bytes are there already, to be read only: `place` puts it at the path that it is given, where
    /// nothing is. It is hashed by finish(). @return nothing when `place` returns false
    std::optional<SpoolFile> adopt(const std::function<bool(const std::filesystem::path&)>& place);

    /// Files of processes that are gone. Folders of theirs that are empty by now are removed.
    [[nodiscard]] std::vector<SpoolLeftover> leftovers() const;
    /// The same for the spool at `root`, without removing anything. None when there is no such folder.
    static std::vector<SpoolLeftover> find_leftovers(const std::filesystem::path& root);
    /// Removes the leftover and its note. Its folder goes with a later leftovers().
    static void remove(const SpoolLeftover& leftover);

    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

private:
    std::filesystem::path root_;
    std::filesystem::path directory_;
    UniqueFd lock_;
    HashFollower hashes_;
    std::unique_ptr<SpoolNotes> notes_;
};

}  // namespace nassaq
