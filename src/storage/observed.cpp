#include "storage/observed.hpp"

#include <exception>
#include <utility>

namespace nassaq::storage {
namespace {

using Clock = std::chrono::steady_clock;

/// Tells of a call when it goes: after the call, or with its exception.
class Watch {
public:
    Watch(const ObserveCall& observe, std::string_view operation) : observe_(observe), operation_(operation) {}
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { observe_(operation_, std::uncaught_exceptions() > exceptions_, Clock::now() - begin_); }

private:
    const ObserveCall& observe_;
    std::string_view operation_;
    int exceptions_ = std::uncaught_exceptions();
    Clock::time_point begin_ = Clock::now();
};

class ObservedStorage final : public Storage {
public:
    ObservedStorage(std::unique_ptr<Storage> storage, ObserveCall observe)
        : storage_(std::move(storage)), observe_(std::move(observe)) {}

    std::expected<void, UploadError> upload(std::string_view name, const SpoolFile& content,
                                            std::string_view content_type) override {
        const Watch watch(observe_, "upload");
        return storage_->upload(name, content, content_type);
    }
    // Its calls are on threads of the storage's own; what of them an upload waits for counts as its own.
    std::unique_ptr<SpoolCompanion> send_early(ExpectedUpload expected, const SpoolFile& content) override {
        return storage_->send_early(std::move(expected), content);
    }
    void share_bytes(std::string_view name, const SpoolFile& content) override { storage_->share_bytes(name, content); }
    std::unique_ptr<ByteSource> download_stream(std::string_view name, std::uint64_t offset,
                                                std::uint64_t length) override {
        const Watch watch(observe_, "download");
        return storage_->download_stream(name, offset, length);
    }
    bool link(std::string_view name, const std::filesystem::path& file) override { return storage_->link(name, file); }
    void remove(std::string_view name) override {
        const Watch watch(observe_, "remove");
        storage_->remove(name);
    }
    bool exists(std::string_view name) override {
        const Watch watch(observe_, "properties");
        return storage_->exists(name);
    }
    std::optional<BlobProperties> properties(std::string_view name) override {
        const Watch watch(observe_, "properties");
        return storage_->properties(name);
    }
    // Listing takes as long as its visitor does.
    void list(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit) override {
        storage_->list(prefix, visit);
    }
    [[nodiscard]] std::string url(std::string_view name) const override { return storage_->url(name); }
    bool is_stored_from(std::string_view name, const std::filesystem::path& leftover) override {
        return storage_->is_stored_from(name, leftover);
    }
    bool was_stored_here(std::string_view name) override { return storage_->was_stored_here(name); }
    [[nodiscard]] bool is_remote() const override { return storage_->is_remote(); }
    [[nodiscard]] bool crosses_network(std::string_view name) const override { return storage_->crosses_network(name); }
    std::size_t abort_unfinished(Timestamp before) override { return storage_->abort_unfinished(before); }
    void check() override {
        const Watch watch(observe_, "check");
        storage_->check();
    }

private:
    std::unique_ptr<Storage> storage_;
    ObserveCall observe_;
};

}  // namespace

std::unique_ptr<Storage> make_observed_storage(std::unique_ptr<Storage> storage, ObserveCall observe) {
    return std::make_unique<ObservedStorage>(std::move(storage), std::move(observe));
}

}  // namespace nassaq::storage
