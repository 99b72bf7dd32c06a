# SPDX-License-Identifier: Apache-2.0
# The C++ library: archcost::analyzer and archcost::search for find_package(archcost). Their headers
# (api/archcost) are stable. The rooms that they rest on are installed with their headers too, which
# may change with every version.
set(archcost_library_rooms core layers spec onnx graph rewrite cost space engine sweep accuracy methods)
add_library(archcost_analyzer STATIC api/analyzer.cpp)
target_link_libraries(archcost_analyzer PUBLIC archcost_onnx archcost_rewrite archcost_cost)
add_library(archcost_search STATIC api/search.cpp)
target_link_libraries(archcost_search PUBLIC archcost_analyzer archcost_methods)
set(library_targets archcost_analyzer archcost_search)
foreach(target ${library_targets})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:archcost_options>)
  target_include_directories(${target} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/api> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()
set_target_properties(archcost_analyzer PROPERTIES EXPORT_NAME analyzer)
set_target_properties(archcost_search PROPERTIES EXPORT_NAME search)
foreach(room ${archcost_library_rooms})
  list(APPEND library_targets archcost_${room})
endforeach()

add_dependencies(archcost archcost_search)  # so that what was built can be installed

include(CMakePackageConfigHelpers)
set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/archcost)
install(TARGETS ${library_targets} EXPORT archcostTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/archcost COMPONENT dev)
install(EXPORT archcostTargets NAMESPACE archcost:: DESTINATION ${config_folder} COMPONENT dev)
configure_package_config_file(cmake/archcostConfig.cmake.in ${CMAKE_BINARY_DIR}/archcostConfig.cmake
  INSTALL_DESTINATION ${config_folder} PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/archcostConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/archcostConfig.cmake ${CMAKE_BINARY_DIR}/archcostConfigVersion.cmake
        DESTINATION ${config_folder} COMPONENT dev)
set(headers ${CMAKE_INSTALL_INCLUDEDIR}/archcost)
install(DIRECTORY api/archcost/ DESTINATION ${headers} COMPONENT dev)
foreach(room core layers spec onnx graph rewrite cost)
  install(DIRECTORY analyzer/${room} DESTINATION ${headers}/rooms/analyzer COMPONENT dev FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(DIRECTORY search DESTINATION ${headers}/rooms COMPONENT dev FILES_MATCHING PATTERN "*.hpp")
