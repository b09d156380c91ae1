#include "storage/early_upload.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

#include "base/file.hpp"
#include "base/log.hpp"

namespace nassaq::storage {
namespace {

namespace fs = std::filesystem;

/// From when on it is certain that the file is too large for one request, as far as its length was announced.
std::uint64_t least_to_begin(const PieceSizes& sizes, std::optional<std::uint64_t> length) {
    const bool is_large = length.value_or(0) > sizes.single_put;
    return is_large ? sizes.piece : std::max(sizes.piece, sizes.single_put + 1);
}

}  // namespace

/// What the file's owner and the threads that send share; it lives until the last of them is done.
class EarlyUpload::Sending : public std::enable_shared_from_this<Sending> {
public:
    Sending(BlobService& service, SenderThreads& threads, NewRemoteBlob blob, fs::path file,
            FindContentType find_content_type)
        : service_(service),
          threads_(threads),
          sizes_(service.sizes()),
          blob_(std::move(blob)),
          path_(std::move(file)),
          find_content_type_(std::move(find_content_type)) {}

    void grow(std::uint64_t written);
    std::optional<Completion> finish(const NewRemoteBlob& blob, std::uint64_t size);
    void abandon();

private:
    using Lock = std::unique_lock<std::mutex>;
    enum class State {
        waiting,    ///< Nothing has been sent.
        beginning,  ///< Somebody is asking the service.
        sending,
        broken,  ///< It will not become a blob, because of a fault or because there is one.
        over,    ///< There is nothing to be discarded.
    };

    [[nodiscard]] std::size_t takeable() const;
    [[nodiscard]] std::size_t most_threads() const;
    void want_threads();
    void work();
    void begin(Lock& lock);
    void ask_service();
    void send_next(Lock& lock);
    void send_rest(Lock& lock);
    std::optional<Completion> complete(Lock& lock);
    void break_off(const std::exception& error);
    void discard_when_left();
    void discard();

    BlobService& service_;
    SenderThreads& threads_;
    const PieceSizes sizes_;
    NewRemoteBlob blob_;
    const fs::path path_;
    FindContentType find_content_type_;

    std::mutex mutex_;
    std::condition_variable changed_;
    State state_ = State::waiting;
    UniqueFd file_;                            ///< Since it has begun.
    std::unique_ptr<PiecewiseUpload> upload_;  ///< Since it has begun.
    std::uint64_t written_ = 0;
    bool is_whole_ = false;  ///< No more will be written: the last piece may be short.
    bool is_abandoned_ = false;
    std::size_t next_ = 0;  ///< The first piece that nobody has taken.
    std::size_t on_the_way_ = 0;
    std::size_t jobs_ = 0;  ///< That the threads have been given and have not begun.
};

/// Pieces that are there and that nobody has taken.
std::size_t EarlyUpload::Sending::takeable() const {
    const std::uint64_t count = is_whole_ ? (written_ + sizes_.piece - 1) / sizes_.piece : written_ / sizes_.piece;
    return static_cast<std::size_t>(count) - next_;
}

/// How many threads may be at it at once, now.
std::size_t EarlyUpload::Sending::most_threads() const {
    if (is_abandoned_) {
        return 0;
    }
    if (state_ == State::sending) {
        return parallel_pieces;
    }
    return state_ == State::waiting ? 1 : 0;  // One alone begins.
}

void EarlyUpload::Sending::want_threads() {
    for (; jobs_ < takeable() && jobs_ + on_the_way_ < most_threads(); ++jobs_) {
        threads_.run([self = shared_from_this()] { self->work(); });
    }
}

void EarlyUpload::Sending::grow(std::uint64_t written) {
    const Lock lock(mutex_);
    written_ = written;
    want_threads();
}

void EarlyUpload::Sending::work() {
    Lock lock(mutex_);
    --jobs_;
    if (state_ == State::waiting && !is_abandoned_) {
        begin(lock);
    }
    if (state_ == State::sending && !is_abandoned_ && takeable() > 0) {
        send_next(lock);
    }
    want_threads();
    discard_when_left();
}

void EarlyUpload::Sending::begin(Lock& lock) {
    state_ = State::beginning;
    lock.unlock();
    try {
        ask_service();
        lock.lock();
        state_ = upload_ ? State::sending : State::broken;
    } catch (const std::exception& error) {
        lock.lock();
        break_off(error);
    }
    changed_.notify_all();
}

/// By the one thread that begins.
void EarlyUpload::Sending::ask_service() {
    auto content_type = find_content_type_(path_);
    if (!content_type || service_.find(blob_.name)) {
        return;  // It will be refused, or stored under another name.
    }
    blob_.content_type = std::move(*content_type);
    file_ = file::open_for_reading(path_);
    upload_ = service_.begin(blob_);
}

void EarlyUpload::Sending::send_next(Lock& lock) {
    const std::size_t number = next_++;
    const std::uint64_t offset = number * sizes_.piece;
    const std::uint64_t length = std::min(sizes_.piece, written_ - offset);
    ++on_the_way_;
    want_threads();
    lock.unlock();
    try {
        if (number >= sizes_.most_pieces) {
            throw std::runtime_error("a file has too many pieces to be sent while it comes in");
        }
        upload_->send(number, {.fd = file_.get(), .offset = offset, .length = length});
        lock.lock();
    } catch (const std::exception& error) {
        lock.lock();
        break_off(error);
    }
    --on_the_way_;
    changed_.notify_all();
}

std::optional<Completion> EarlyUpload::Sending::finish(const NewRemoteBlob& blob, std::uint64_t size) {
    Lock lock(mutex_);
    if (state_ == State::waiting) {
        state_ = State::over;
        return std::nullopt;
    }
    written_ = size;
    is_whole_ = true;
    changed_.wait(lock, [&] { return state_ != State::beginning; });
    const bool is_expected = blob.name == blob_.name && blob.content_type == blob_.content_type;
    if (state_ == State::sending && !is_expected) {
        state_ = State::broken;
    }
    send_rest(lock);
    return state_ == State::sending ? complete(lock) : std::nullopt;
}

/// The caller sends, too: it need not wait until the threads have time.
void EarlyUpload::Sending::send_rest(Lock& lock) {
    while (state_ == State::sending && takeable() > 0) {
        send_next(lock);
    }
    changed_.wait(lock, [&] { return on_the_way_ == 0; });
}

std::optional<Completion> EarlyUpload::Sending::complete(Lock& lock) {
    const std::size_t count = next_;
    lock.unlock();
    try {
        const Completion completion = upload_->complete(count);
        lock.lock();
        state_ = completion == Completion::stored ? State::over : State::broken;
        return completion;
    } catch (const std::exception& error) {
        lock.lock();
        break_off(error);
        return std::nullopt;
    }
}

/// Of several pieces that fail at once, the first is told.
void EarlyUpload::Sending::break_off(const std::exception& error) {
    if (std::exchange(state_, State::broken) == State::broken) {
        return;
    }
    log::warning("a file could not be sent while it came in; it is sent when it is whole",
                 {{"blob_name", blob_.name}, {"error", error.what()}});
}

void EarlyUpload::Sending::abandon() {
    const Lock lock(mutex_);
    is_abandoned_ = true;
    discard_when_left();
}

/// By whoever is the last to have to do with it.
void EarlyUpload::Sending::discard_when_left() {
    const bool is_left = is_abandoned_ && on_the_way_ == 0 && state_ != State::beginning;
    if (is_left && upload_ && state_ != State::over) {
        state_ = State::over;
        threads_.run([self = shared_from_this()] { self->discard(); });
    }
}

void EarlyUpload::Sending::discard() {
    try {
        upload_->discard();
    } catch (const std::exception& error) {
        log::warning("what was sent of an upload that failed remains; the service or the sweep removes it later",
                     {{"blob_name", blob_.name}, {"error", error.what()}});
    }
}

EarlyUpload::EarlyUpload(BlobService& service, SenderThreads& threads, NewRemoteBlob blob, fs::path file,
                         ExpectedUpload expected)
    : sending_(std::make_shared<Sending>(service, threads, std::move(blob), std::move(file),
                                         std::move(expected.find_content_type))),
      next_look_(least_to_begin(service.sizes(), expected.length)),
      piece_(service.sizes().piece) {}

EarlyUpload::~EarlyUpload() {
    try {
        sending_->abandon();
    } catch (const std::bad_alloc&) {
        log::warning("no memory to discard what was sent of an upload; the service or the sweep removes it later");
    }
}

void EarlyUpload::on_written(std::uint64_t size) {
    if (size >= next_look_) {
        sending_->grow(size);
        next_look_ = (size / piece_ + 1) * piece_;
    }
}

std::optional<Completion> EarlyUpload::finish(const NewRemoteBlob& blob, std::uint64_t size) {
    return sending_->finish(blob, size);
}

}  // namespace nassaq::storage
