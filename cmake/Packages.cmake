# SPDX-License-Identifier: Apache-2.0
# What is installed, by component, and the packages that cpack makes of it:
#   archcost  the program, specs, report templates, documents, completions, man pages
#   kernels   archcost-kernels, which alone needs oneDNN
#   dev       headers, libraries and the CMake package
#   bundle    the shared libraries, for the .tar.gz alone

# Folders that are not there yet are noted, so that uninstall removes these and no others.
set(archcost_folders ${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_LIBDIR}/cmake/archcost ${CMAKE_INSTALL_INCLUDEDIR}/archcost
    ${CMAKE_INSTALL_DATADIR}/archcost ${CMAKE_INSTALL_DOCDIR}/docs ${CMAKE_INSTALL_DATADIR}/doc/archcost-kernels
    ${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(CODE "set(archcost_build \"${CMAKE_BINARY_DIR}\")
  set(archcost_folders \"${archcost_folders}\")
  include(\"${CMAKE_CURRENT_LIST_DIR}/NoteFolders.cmake\")" ALL_COMPONENTS)

# The .tar.gz has the libraries beside the program, in lib/archcost; packages of the system don't. The path is an
# RPATH, not a RUNPATH, since a library there looks for others with it: oneDNN for OpenCL. Programs of the build folder
# have it too: CMake fills the place for a path that install sets later with ':', which is the current folder.
foreach(program archcost archcost-kernels)
  if(TARGET ${program})
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/archcost" BUILD_WITH_INSTALL_RPATH ON
                                                INSTALL_RPATH_USE_LINK_PATH ON)
    target_link_options(${program} PRIVATE -Wl,--disable-new-dtags)
  endif()
endforeach()
install(TARGETS archcost RUNTIME_DEPENDENCY_SET archcost_needs RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT archcost)
if(ARCHCOST_KERNELS)
  install(TARGETS archcost-kernels RUNTIME_DEPENDENCY_SET archcost_needs RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT kernels)
endif()
install(DIRECTORY arch_specs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/archcost/arch_specs COMPONENT archcost
        FILES_MATCHING PATTERN "*.yaml" PATTERN "*.txt")
install(DIRECTORY reports/templates/ DESTINATION ${CMAKE_INSTALL_DATADIR}/archcost/report_templates COMPONENT archcost
        FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY cli/batch_templates/ DESTINATION ${CMAKE_INSTALL_DATADIR}/archcost/batch_templates COMPONENT archcost)
install(DIRECTORY analyzer/runner/onnxruntime/ DESTINATION ${CMAKE_INSTALL_DATADIR}/archcost/engines COMPONENT archcost
        FILES_MATCHING PATTERN "*.py" PATTERN "*.mjs")
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT archcost)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT archcost FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT archcost)

# Man pages and completions are printed by the program itself; a cross build needs an emulator for it.
set(share ${CMAKE_BINARY_DIR}/share)
add_custom_command(TARGET archcost POST_BUILD
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${share}
  COMMAND archcost manual --share ${share}
  COMMENT "Writing man pages and completions" VERBATIM)
install(DIRECTORY ${share}/ DESTINATION ${CMAKE_INSTALL_DATADIR} COMPONENT archcost PATTERN "archcost-kernels.1" EXCLUDE)
if(ARCHCOST_KERNELS)
  install(FILES ${share}/man/man1/archcost-kernels.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT kernels)
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/archcost-kernels RENAME copyright COMPONENT kernels)
endif()

# The C library and the loader are the system's.
install(RUNTIME_DEPENDENCY_SET archcost_needs COMPONENT bundle EXCLUDE_FROM_ALL
        PRE_EXCLUDE_REGEXES "^ld-linux" "^lib(c|m|dl|rt|pthread)\\.so"
        LIBRARY DESTINATION lib/archcost)

# Removes what the last `cmake --install` of this build folder wrote.
add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P ${CMAKE_CURRENT_LIST_DIR}/Uninstall.cmake
                  WORKING_DIRECTORY ${CMAKE_BINARY_DIR} VERBATIM)

set(CPACK_ARCHCOST_COMPONENTS archcost dev)
if(ARCHCOST_KERNELS)
  list(APPEND CPACK_ARCHCOST_COMPONENTS kernels)
endif()
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_CONTACT "The archcost authors <archcost@localhost>")
set(CPACK_PACKAGE_FILE_NAME archcost-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_STRIP_FILES ON)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/PackageOptions.cmake)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_ARCHCOST_PACKAGE_NAME archcost)
set(CPACK_DEBIAN_ARCHCOST_PACKAGE_RECOMMENDS gnuplot-nox)
set(CPACK_DEBIAN_ARCHCOST_PACKAGE_SUGGESTS archcost-kernels)
set(CPACK_DEBIAN_ARCHCOST_DESCRIPTION "costs of convolutional networks, before anyone trains them
 Parameters, multiply-adds, memory and latency of networks, layer by layer,
 from YAML specs and ONNX files; sweeps, searches and reports.")
set(CPACK_DEBIAN_KERNELS_PACKAGE_NAME archcost-kernels)
set(CPACK_DEBIAN_KERNELS_PACKAGE_DEPENDS "archcost (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_KERNELS_DESCRIPTION "kernels of oneDNN for archcost measure and profile
 The program that archcost starts to time networks on this machine. Costs,
 sweeps, searches and reports work without it.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libarchcost-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "archcost (= ${PROJECT_VERSION}), libfmt-dev, libyaml-cpp-dev, libboost-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION "costs of convolutional networks: C++ libraries
 Headers and static libraries of archcost, for find_package(archcost).")
include(CPack)
