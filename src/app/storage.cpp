#include "app/storage.hpp"

#include <utility>
#include <variant>

#include "storage/local.hpp"

namespace nassaq::app {
namespace {

struct Open {
    const settings::Settings& settings;
    const std::function<void()>& on_retry;

    std::unique_ptr<storage::Storage> operator()(const settings::LocalBlobs&) const {
        return storage::make_local_storage(settings.data_directory / "blobs");
    }
    std::unique_ptr<storage::Storage> operator()(storage::AzureOptions options) const {
        options.client.on_retry = on_retry;
        return storage::make_azure_storage(std::move(options));
    }
    std::unique_ptr<storage::Storage> operator()(storage::S3Options options) const {
        options.client.on_retry = on_retry;
        return storage::make_s3_storage(std::move(options));
    }
};

}  // namespace

std::unique_ptr<storage::Storage> open_storage(const settings::Settings& settings,
                                               const std::function<void()>& on_retry) {
    return std::visit(Open{settings, on_retry}, settings.blobs.storage);
}

}  // namespace nassaq::app
