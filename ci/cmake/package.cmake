# What is installed, and the Debian package of it: `cpack -G DEB` in a build folder. What the
# programs link with becomes its dependencies by itself.
include(GNUInstallDirs)
# A package is made of what was built, and builds nothing itself.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS watertight watertight-lab RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Not there without Go; a mongod then does its work.
install(PROGRAMS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/watertight-mongo-server
        DESTINATION ${CMAKE_INSTALL_BINDIR} OPTIONAL)
foreach(pack IN ITEMS dittofeed mis proptech user-integers zoptal)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios/${pack}
          DESTINATION ${CMAKE_INSTALL_DATADIR}/watertight/scenarios)
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/scenarios/schema.json
        DESTINATION ${CMAKE_INSTALL_DATADIR}/watertight/scenarios)
install(FILES ${PROJECT_SOURCE_DIR}/reports/result.schema.json
        DESTINATION ${CMAKE_INSTALL_DATADIR}/watertight)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# The manual and the completions, as the program itself prints them: into WHERE, by COMMAND.
function(wt_install_printed where command)
  install(CODE "
    set(file \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${where}\")
    get_filename_component(folder \"\${file}\" DIRECTORY)
    file(MAKE_DIRECTORY \"\${folder}\")
    execute_process(COMMAND \"$<TARGET_FILE:watertight>\" ${command}
                    OUTPUT_FILE \"\${file}\" RESULT_VARIABLE failed)
    if(failed)
      message(FATAL_ERROR \"watertight ${command} failed: \${failed}\")
    endif()")
endfunction()
wt_install_printed(${CMAKE_INSTALL_MANDIR}/man1/watertight.1 "man")
wt_install_printed(${CMAKE_INSTALL_DATADIR}/bash-completion/completions/watertight
                   "completion bash")
wt_install_printed(${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions/_watertight "completion zsh")
wt_install_printed(${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d/watertight.fish
                   "completion fish")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME watertight)
set(CPACK_PACKAGE_CONTACT "The Watertight maintainers <maintainers@watertight.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "proves the isolation of tenants of a multi-tenant service")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Provisions tenants, drives traffic, searches every answer for what belongs to others, provokes
leaks at the API, the cache and the stores, rehearses a rollback, and says on evidence which
criteria hold.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What the built-in service starts, and what pasted reproductions call.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
    "ca-certificates, curl, nginx-light | nginx, openssl, pgbouncer, postgresql, redis-server")
include(CPack)
