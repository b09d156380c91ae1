#include "storage/second_container.hpp"

#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace nassaq::storage {
namespace {

constexpr char first_of_second = '/';

/// The name that the blob has in its container; nothing when it is none that a blob of the second one has.
std::optional<std::string_view> find_id(std::string_view name) {
    const std::string_view id = name.substr(1);
    return id.find('/') == std::string_view::npos && is_blob_name(id) ? std::optional(id) : std::nullopt;
}

class StorageOfTwo final : public Storage {
public:
    StorageOfTwo(std::unique_ptr<Storage> main, std::unique_ptr<Storage> second)
        : main_(std::move(main)), second_(std::move(second)) {}

    std::expected<void, UploadError> upload(std::string_view name, const SpoolFile& content,
                                            std::string_view content_type) override {
        return main_->upload(name, content, content_type);
    }
    std::unique_ptr<SpoolCompanion> send_early(ExpectedUpload expected, const SpoolFile& content) override {
        return main_->send_early(std::move(expected), content);
    }
    void share_bytes(std::string_view name, const SpoolFile& content) override {
        if (!is_in_second_container(name)) {
            main_->share_bytes(name, content);
        }
    }
    std::unique_ptr<ByteSource> download_stream(std::string_view name, std::uint64_t offset,
                                                std::uint64_t length) override {
        return read(name, [=](Storage& storage, std::string_view its_name) {
            return storage.download_stream(its_name, offset, length);
        });
    }
    bool link(std::string_view name, const std::filesystem::path& file) override {
        return !is_in_second_container(name) && main_->link(name, file);
    }
    void remove(std::string_view name) override;
    bool exists(std::string_view name) override {
        return read(name, [](Storage& storage, std::string_view its_name) { return storage.exists(its_name); });
    }
    std::optional<BlobProperties> properties(std::string_view name) override;
    void list(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit) override {
        main_->list(prefix, visit);
    }
    [[nodiscard]] std::string url(std::string_view name) const override {
        const auto id = second_ && is_in_second_container(name) ? find_id(name) : std::nullopt;
        return id ? second_->url(*id) : main_->url(name);
    }
    bool is_stored_from(std::string_view name, const std::filesystem::path& leftover) override {
        return main_->is_stored_from(name, leftover);
    }
    bool was_stored_here(std::string_view name) override {
        return !is_in_second_container(name) && main_->was_stored_here(name);
    }
    [[nodiscard]] bool is_remote() const override { return second_ || main_->is_remote(); }
    [[nodiscard]] bool crosses_network(std::string_view name) const override {
        return is_in_second_container(name) || main_->crosses_network(name);
    }
    std::size_t abort_unfinished(Timestamp before) override { return main_->abort_unfinished(before); }
    void check() override { main_->check(); }

private:
    /// What `ask` gives for the blob where it is: nothing (nullptr, false) when it can be in neither.
    template <class Ask>
    std::invoke_result_t<Ask, Storage&, std::string_view> read(std::string_view name, const Ask& ask) {
        if (!is_in_second_container(name)) {
            return ask(*main_, name);
        }
        const auto id = find_id(name);
        if (!second_ || !id) {
            return {};
        }
        return naming_it([&] { return ask(*second_, *id); });
    }

    /// Whoever reads of a failure looks into the right container.
    template <class Call>
    static std::invoke_result_t<Call> naming_it(const Call& call) {
        try {
            return call();
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(std::string("the second container: ").append(error.what()));
        }
    }

    std::unique_ptr<Storage> main_;
    std::unique_ptr<Storage> second_;
};

void StorageOfTwo::remove(std::string_view name) {
    if (!is_in_second_container(name)) {
        main_->remove(name);
        return;
    }
    const auto id = find_id(name);
    if (!id) {
        return;
    }
    if (!second_) {
        throw std::runtime_error("the file is in the second container, which AZURE_BLOB_CONTAINER_URL does not name");
    }
    naming_it([&] { second_->remove(*id); });
}

std::optional<BlobProperties> StorageOfTwo::properties(std::string_view name) {
    auto found = read(name, [](Storage& storage, std::string_view its_name) { return storage.properties(its_name); });
    if (found) {
        found->name = name;
    }
    return found;
}

}  // namespace

std::string second_container_name(std::string_view id) {
    return first_of_second + std::string(id);
}

bool is_in_second_container(std::string_view name) {
    return name.starts_with(first_of_second);
}

std::unique_ptr<Storage> make_storage_with_second_container(std::unique_ptr<Storage> main,
                                                            std::unique_ptr<Storage> second) {
    return std::make_unique<StorageOfTwo>(std::move(main), std::move(second));
}

}  // namespace nassaq::storage
