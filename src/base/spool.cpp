#include "base/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/id.hpp"
#include "base/last_error.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

namespace nassaq {
namespace {

/// What is being received goes in such steps to the disk, and, from the second one on, to the thread that hashes.
constexpr std::uint64_t hand_on_bytes = std::uint64_t{2} << 20U;

namespace fs = std::filesystem;

constexpr std::string_view lock_name = "lock";
constexpr std::string_view note_suffix = ".blob";
constexpr std::string_view spare_suffix = ".spare";

fs::path note_path(const fs::path& file) {
    return file.string() + std::string(note_suffix);
}

/// Takes the lock of a process's folder. An empty result means that its process lives, or that the folder is gone.
UniqueFd try_lock(const fs::path& directory) {
    UniqueFd fd(::open((directory / lock_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        return {};
    }
    // Between open() and flock() somebody who held the lock may have removed the folder.
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0 || status.st_nlink == 0) {
        return {};
    }
    return fd;
}

void remove_quietly(const fs::path& path) {
    std::error_code ignored;  // Whatever cannot be removed now is a leftover that the janitor meets again.
    fs::remove(path, ignored);
}

void collect(const fs::path& directory, std::vector<SpoolLeftover>& found) {
    for (const auto& entry : fs::directory_iterator(directory)) {
        const fs::path& path = entry.path();
        if (path.filename() == lock_name || path.extension() == note_suffix || path.extension() == spare_suffix) {
            continue;
        }
        SpoolLeftover leftover{path, std::nullopt};
        if (fs::exists(note_path(path))) {
            leftover.blob_name = file::read_small(note_path(path));
            if (leftover.blob_name->empty()) {
                leftover.blob_name.reset();  // Killed between the making and the writing of the note.
            }
        }
        found.push_back(std::move(leftover));
    }
}

}  // namespace

SpoolNotes::Note SpoolNotes::write(const fs::path& path, std::string_view text) {
    Note note = take(path);
    try {
        file::write_all(note.fd.get(), text, path);
    } catch (...) {
        put_back(std::move(note));
        throw;
    }
    return note;
}

/// An empty note, which counts as none yet.
SpoolNotes::Note SpoolNotes::take(const fs::path& path) {
    std::optional<Note> note;
    {
        const std::scoped_lock lock(mutex_);
        if (!spare_.empty()) {
            note = std::move(spare_.back());
            spare_.pop_back();
        }
    }
    if (!note) {
        return {.fd = file::create(path), .path = path};
    }
    fs::rename(note->path, path);
    note->path = path;
    return std::move(*note);
}

void SpoolNotes::put_back(Note note) noexcept {
    try {
        if (!make_spare(note)) {
            remove_quietly(note.path);
            return;
        }
        const std::scoped_lock lock(mutex_);
        spare_.push_back(std::move(note));
    } catch (const std::exception&) {  // No memory: a spare one fewer.
        remove_quietly(note.path);
    }
}

bool SpoolNotes::make_spare(Note& note) {
    const fs::path spare = directory_ / (std::to_string(made_++) + std::string(spare_suffix));
    if (::ftruncate(note.fd.get(), 0) != 0 || ::lseek(note.fd.get(), 0, SEEK_SET) != 0 ||
        ::rename(note.path.c_str(), spare.c_str()) != 0) {
        return false;
    }
    note.path = spare;
    return true;
}

SpoolFile::SpoolFile(SpoolFile&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      fd_(std::move(other.fd_)),
      follower_(other.follower_),
      notes_(other.notes_),
      note_(std::exchange(other.note_, std::nullopt)),
      hash_(std::move(other.hash_)),
      behind_(std::move(other.behind_)),
      size_(other.size_),
      handed_on_(other.handed_on_),
      is_synced_(other.is_synced_),
      sha256_(std::move(other.sha256_)),
      companion_(std::move(other.companion_)) {}

SpoolFile& SpoolFile::operator=(SpoolFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    std::swap(follower_, other.follower_);
    std::swap(notes_, other.notes_);
    std::swap(note_, other.note_);
    std::swap(hash_, other.hash_);
    std::swap(behind_, other.behind_);
    std::swap(size_, other.size_);
    std::swap(handed_on_, other.handed_on_);
    std::swap(is_synced_, other.is_synced_);
    std::swap(sha256_, other.sha256_);
    std::swap(companion_, other.companion_);
    return *this;
}

SpoolFile::~SpoolFile() {
    if (!path_.empty()) {
        // The note goes last: a file without a note would look as if it had never become a blob.
        remove_quietly(path_);
        if (note_) {
            notes_->put_back(std::move(*note_));
        }
    }
}

void SpoolFile::append(std::string_view bytes) {
    file::write_all(fd_.get(), bytes, path_);
    size_ += bytes.size();
    if (hash_) {
        hash_->update(bytes);
    }
    if (size_ - handed_on_ >= hand_on_bytes) {
        hand_on();
    }
    if (companion_) {
        companion_->on_written(size_);
    }
}

void SpoolFile::hand_on() {
    if (!companion_) {
        file::begin_sync(fd_.get(), handed_on_, size_ - handed_on_);  // What is sent elsewhere need not last here.
    }
    handed_on_ = size_;
    if (hash_) {
        behind_ = std::make_shared<FollowingHash>(path_, std::move(*hash_), size_);
        hash_.reset();
        return;
    }
    behind_->note_written(size_);
    follower_->follow(behind_);
}

void SpoolFile::finish() {
    if (hash_) {
        sha256_ = hash_->finish();
    } else {
        behind_->note_written(size_);
        sync_beside_the_hash();
        sha256_ = behind_->finish();
    }
    fd_.reset();
    behind_.reset();
    hash_.reset();
}

/// Hashing is behind when the last bytes come: the disk need not wait for it. What is sent elsewhere, or was there
/// before, is left alone.
void SpoolFile::sync_beside_the_hash() {
    if (fd_ && !companion_) {
        follower_->follow(behind_);
        file::sync(fd_.get(), path_);
        is_synced_ = true;
    }
}

void SpoolFile::note_blob_name(std::string_view blob_name) {
    // Not synced: it is for a process that dies, whose written bytes the kernel keeps. After a power cut the janitor's
    // comparison of blobs with documents does the work.
    if (note_) {
        notes_->put_back(std::move(*note_));
        note_.reset();
    }
    note_ = notes_->write(note_path(path_), blob_name);
}

Spool::Spool(fs::path root) : root_(std::move(root)) {
    // Another process's leftovers() can take a folder for a dead one between its making and its locking: try again.
    for (int attempt = 0; attempt < 10 && !lock_; ++attempt) {
        directory_ = root_ / random_uuid();
        fs::create_directories(directory_);
        lock_ = try_lock(directory_);
    }
    if (!lock_) {
        throw_last_error("lock the spool folder", directory_.native());
    }
    notes_ = std::make_unique<SpoolNotes>(directory_);
}

Spool::~Spool() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

SpoolFile Spool::create() {
    SpoolFile file(directory_ / random_uuid(), hashes_, *notes_);
    file.fd_ = file::create(file.path_);
    file.hash_.emplace();
    return file;
}

std::optional<SpoolFile> Spool::adopt(const std::function<bool(const fs::path&)>& place) {
    SpoolFile file(directory_ / random_uuid(), hashes_, *notes_);
    if (!place(file.path_)) {
        return std::nullopt;
    }
    file.size_ = fs::file_size(file.path_);
    file.behind_ = std::make_shared<FollowingHash>(file.path_, Sha256(), 0);
    return file;
}

std::vector<SpoolLeftover> Spool::leftovers() const {
    std::vector<SpoolLeftover> found;
    for (const auto& entry : fs::directory_iterator(root_)) {
        if (!entry.is_directory() || entry.path() == directory_) {
            continue;
        }
        const UniqueFd lock = try_lock(entry.path());
        if (!lock) {
            continue;
        }
        const std::size_t before = found.size();
        collect(entry.path(), found);
        if (found.size() == before) {
            std::error_code ignored;
            fs::remove_all(entry.path(), ignored);
        }
    }
    return found;
}

std::vector<SpoolLeftover> Spool::find_leftovers(const fs::path& root) {
    std::vector<SpoolLeftover> found;
    if (!fs::is_directory(root)) {
        return found;
    }
    for (const auto& entry : fs::directory_iterator(root)) {
        const UniqueFd lock(::open((entry.path() / lock_name).c_str(), O_RDWR | O_CLOEXEC));
        if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
            collect(entry.path(), found);
        }
    }
    return found;
}

void Spool::remove(const SpoolLeftover& leftover) {
    remove_quietly(leftover.file);
    remove_quietly(note_path(leftover.file));
}

}  // namespace nassaq
