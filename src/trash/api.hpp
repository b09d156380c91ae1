#pragma once

#include "api/route.hpp"
#include "trash/services.hpp"

namespace nassaq::trash {

api::RouteTable<Services> routes();

}  // namespace nassaq::trash
