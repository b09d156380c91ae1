#include "imports/importer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "base/last_error.hpp"
#include "imports/put_aside.hpp"
#include "jobs/wakeup.hpp"
#include "paths/model.hpp"

namespace nassaq::imports {
namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;

std::vector<std::string> folders_of_watching(bool watch) {
    if (!watch) {
        return {};
    }
    return {std::string(done_folder), std::string(failed_folder)};
}

Timestamp to_timestamp(std::int64_t nanoseconds) {
    return Timestamp(std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds(nanoseconds)));
}

/// A pipe must not be waited for, nor a link followed that has come in the place of the file.
UniqueFd open_to_read(const std::filesystem::path& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

/// @throws std::system_error
std::size_t read_piece(int fd, std::vector<char>& buffer, const std::filesystem::path& path) {
    for (;;) {
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            throw_last_error("read", path.native());
        }
    }
}

}  // namespace

Importer::Importer(ImportOptions options, Target& target, Spool& spool, Journal& journal, Report& report)
    : options_(std::move(options)),
      target_(target),
      spool_(spool),
      journal_(journal),
      report_(report),
      tree_(options_.folder, folders_of_watching(options_.watch)) {}

std::optional<std::string> Importer::run(const std::stop_token& stop) {
    const std::stop_callback pass_on(stop, [this] { ended_.request_stop(); });
    {
        Crew crew(options_.threads, [this](const SourceFile& file) { take(file); });
        report_.begin();
        if (options_.watch) {
            watch(crew, ended_.get_token());
        } else {
            go_through(crew, ended_.get_token());
            wait_for_unquiet(crew, ended_.get_token());
        }
        crew.finish(ended_.get_token());
    }
    journal_.flush();
    report_.end();
    const std::scoped_lock lock(mutex_);
    return end_;
}

void Importer::go_through(Crew& crew, const std::stop_token& stop) {
    const SourceTree::Visitor visitor{
        .on_file =
            [&](SourceFile file) {
                if (!options_.watch) report_.note_found();
                crew.give(std::move(file), stop);
            },
        .on_fault = [&](const SourceFault& fault) { fail({.relative = fault.relative}, fault.reason); }};
    tree_.visit(visitor, stop);
    crew.finish(stop);
}

/// What was put off is looked at until it is whole, or its time is over.
void Importer::wait_for_unquiet(Crew& crew, const std::stop_token& stop) {
    const auto deadline = std::chrono::steady_clock::now() + options_.unquiet;
    for (;;) {
        std::vector<SourceFile> files;
        {
            const std::scoped_lock lock(mutex_);
            files.swap(put_off_);
        }
        if (files.empty() || stop.stop_requested()) {
            return;
        }
        const bool is_over = std::chrono::steady_clock::now() > deadline;
        jobs::pause(stop, is_over ? std::chrono::milliseconds(0) : options_.quiet / 2);
        for (const SourceFile& file : files) {
            const auto now = tree_.look(file.relative);
            if (is_over && now && !is_quiet(*now, options_.quiet)) {
                fail(*now, "It is still being written to.");
            } else if (now) {
                crew.give(*now, stop);
            }
        }
        crew.finish(stop);
    }
}

/// Looks through the folder again and again: not every file system tells of changes, those over a network hardly ever.
/// A folder in which much stays is looked through less often.
void Importer::watch(Crew& crew, const std::stop_token& stop) {
    constexpr int rest = 10;
    while (!stop.stop_requested()) {
        const auto begun = std::chrono::steady_clock::now();
        go_through(crew, stop);
        journal_.flush();
        {
            const std::scoped_lock lock(mutex_);
            put_off_.clear();  // They are found again.
        }
        const auto took = std::chrono::steady_clock::now() - begun;
        jobs::pause(stop,
                    std::max(options_.look_again, std::chrono::duration_cast<std::chrono::milliseconds>(took * rest)));
    }
}

/// In a thread of the crew.
void Importer::take(const SourceFile& file) {
    if (ended_.stop_requested()) {
        return;
    }
    try {
        const std::string filename = file.relative.filename().native();
        const auto full_path = destination_of(file);
        if (journal_.knows(file)) {
            pass_over(file);
        } else if (!full_path) {
            fail(file, full_path.error());
        } else if (const auto refusal = target_.foresee_refusal(filename, file.size)) {
            fail(file, *refusal);
        } else if (!is_quiet(file, options_.quiet)) {
            put_off(file);
        } else {
            read_and_give(file, *full_path);
        }
    } catch (const std::system_error& error) {
        file::is_full(error) ? end_import(error.what()) : fail(file, error.what());
    } catch (const std::exception& error) {
        fail(file, error.what());
    }
}

void Importer::read_and_give(const SourceFile& file, const std::string& full_path) {
    auto content = copy(file);
    if (!content) {
        fail(file, content.error());
        return;
    }
    std::optional<SpoolFile>& whole = *content;
    if (!whole) {
        put_off(file);
        return;
    }
    const auto turn = turns_.take(full_path + '\n' + whole->sha256());
    const auto imported = give({.full_path = full_path,
                                .filename = file.relative.filename().native(),
                                .content = *whole,
                                .modified_at = to_timestamp(file.modified_ns)});
    if (imported) {
        succeed(file, *imported);
    } else if (imported.error().kind == Failure::Kind::of_file) {
        fail(file, imported.error().reason);
    } else {
        end_import(imported.error().reason);
    }
}

/// The bytes as they were at one moment. @return nothing when the file has changed meanwhile; or why it cannot be read
std::expected<std::optional<SpoolFile>, std::string> Importer::copy(const SourceFile& file) {
    const std::filesystem::path path = options_.folder / file.relative;
    const UniqueFd source = open_to_read(path);
    if (!source && errno == ENOENT) {
        return std::nullopt;
    }
    if (!source) {
        return std::unexpected("It cannot be read: " + last_error().message() + ".");
    }
    SpoolFile content = spool_.create();
    std::vector<char> buffer(piece_bytes);
    while (const std::size_t count = read_piece(source.get(), buffer, path)) {
        content.append({buffer.data(), count});
        if (content.size() > static_cast<std::uint64_t>(file.size)) {
            return std::nullopt;  // One that grows as fast as it is read has no end.
        }
    }
    if (tree_.look(file.relative) != file || content.size() != static_cast<std::uint64_t>(file.size)) {
        return std::nullopt;
    }
    content.finish();
    return content;
}

/// Waits for a target that is away. A failure for now is one of the import when that has taken too long.
std::expected<Imported, Failure> Importer::give(const Candidate& candidate) {
    const auto deadline = std::chrono::steady_clock::now() + options_.patience;
    for (std::int64_t failures = 1;; ++failures) {
        auto imported = target_.take(candidate);
        const bool waits = !imported && imported.error().kind == Failure::Kind::for_now;
        const bool is_over = !options_.watch && std::chrono::steady_clock::now() > deadline;
        bool is_new = false;
        {
            const std::scoped_lock lock(mutex_);
            is_new = waits && !is_away_;
            is_away_ = waits;
        }
        if (is_new) {
            report_.note_trouble("waiting: " + imported.error().reason);
        }
        if (!waits || is_over || ended_.stop_requested()) {
            return imported;
        }
        jobs::pause(ended_.get_token(), options_.outage.delay(failures));
    }
}

std::expected<std::string, std::string> Importer::destination_of(const SourceFile& file) const {
    std::string full_path = options_.path;
    if (const auto folder = file.relative.parent_path(); !folder.empty()) {
        full_path = (full_path == paths::root ? "" : full_path + "/") + folder.native();
    }
    if (auto fault = paths::tidy_new_path(full_path)) {
        return std::unexpected("Its folder can be no path: " + *fault + ".");
    }
    return full_path;
}

void Importer::succeed(const SourceFile& file, const Imported& imported) {
    if (options_.watch) report_.note_found();
    if (imported.was_there) {
        report_.note_there();
    } else {
        report_.note_imported(static_cast<std::uint64_t>(file.size));
    }
    journal_.note(file, imported.doc_id);
    if (options_.move_done) {
        put_aside(options_.folder, done_folder, file.relative);
    }
}

/// It has been imported before, and is not told of again when it is watched.
void Importer::pass_over(const SourceFile& file) {
    if (!options_.watch) {
        report_.note_there();
    } else if (options_.move_done) {
        put_aside(options_.folder, done_folder, file.relative);
    }
}

void Importer::fail(const SourceFile& file, const std::string& reason) {
    {
        const std::scoped_lock lock(mutex_);
        if (std::ranges::find(stuck_, file) != stuck_.end()) {
            return;
        }
        if (options_.watch) {
            stuck_.push_back(file);
        }
    }
    if (options_.watch) report_.note_found();
    report_.note_failure(file.relative, reason);
    if (!options_.watch) {
        return;
    }
    try {
        put_aside_as_failed(options_.folder, file.relative, reason);
        const std::scoped_lock lock(mutex_);
        std::erase(stuck_, file);
    } catch (const std::system_error& error) {
        report_.note_trouble(error.what());
    }
}

void Importer::end_import(const std::string& reason) {
    {
        const std::scoped_lock lock(mutex_);
        if (!end_ && !ended_.stop_requested()) {
            end_ = reason;
        }
    }
    ended_.request_stop();
}

void Importer::put_off(const SourceFile& file) {
    const std::scoped_lock lock(mutex_);
    put_off_.push_back(file);
}

}  // namespace nassaq::imports
