#include "app/storage.hpp"

#include <variant>

#include "storage/local.hpp"

namespace nassaq::app {
namespace {

struct Open {
    const settings::Settings& settings;

    std::unique_ptr<storage::Storage> operator()(const settings::LocalBlobs&) const {
        return storage::make_local_storage(settings.data_directory / "blobs");
    }
    std::unique_ptr<storage::Storage> operator()(const storage::AzureOptions& options) const {
        return storage::make_azure_storage(options);
    }
    std::unique_ptr<storage::Storage> operator()(const storage::S3Options& options) const {
        return storage::make_s3_storage(options);
    }
};

}  // namespace

std::unique_ptr<storage::Storage> open_storage(const settings::Settings& settings) {
    return std::visit(Open{settings}, settings.blobs.storage);
}

}  // namespace nassaq::app
