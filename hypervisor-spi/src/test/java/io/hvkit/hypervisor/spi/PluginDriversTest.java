package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DisabledPlugin;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PluginDirectory;
import io.hvkit.core.SpiVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers that are compiled, packed and found in jars. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PluginDriversTest {

    private static final String PLAIN = """
            package plug;

            import io.hvkit.core.*;
            import io.hvkit.hypervisor.spi.*;
            import java.util.*;

            public final class NAME implements HypervisorDriver {
                static final HypervisorType TYPE = HypervisorType.named("@id", "Shown @id");
                public NAME() {
                    /*CONSTRUCT*/
                }
                public Set<HypervisorType> types() { return Set.of(TYPE); }
                public SpiVersion builtAgainst() { return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR); }
                public Set<Option<?>> options() { return Set.of(); }
                public Hypervisor open(HostId host, HypervisorType type, Options options) { return new Host(host); }

                record Host(HostId host) implements Hypervisor {
                    public Features<HypervisorFeature> features() { return TYPE.features(); }
                    public Machine start(MachineSpec spec) {
                        return Machine.of(new MachineId(spec.name()), spec.name(), MachineState.RUNNING);
                    }
                    public void stop(MachineId id, StopMode mode) {}
                    public List<Machine> list() {
                        /*WORK*/
                        return List.of();
                    }
                    public void close() {}
                }
            }
            """;

    @TempDir
    private Path scratch;

    private PluginFolder plugins;
    private PluginDirectory directory;

    @BeforeEach
    void makeFolder() throws IOException {
        plugins = new PluginFolder(scratch);
        directory = PluginDirectory.open(plugins.path(), getClass().getClassLoader());
    }

    @AfterEach
    void close() {
        directory.close();
    }

    @Test
    void a_plug_in_in_a_folder_of_its_own_is_found_and_works() throws Exception {
        plugins.classes(driver("Good", "good")).pack("good", "plug.Good");

        HypervisorDrivers drivers = discover().requireAll();

        HypervisorType type = drivers.types().require("shown good");
        try (Hypervisor opened = open(drivers, type)) {
            assertThat(opened.start(MachineSpec.named("m")).name()).isEqualTo("m");
        }
        assertThat(drivers.types().provider(type).className()).isEqualTo("plug.Good");
        assertThat(drivers.types().provider(type).location())
                .isEqualTo(plugins.path().resolve("good").resolve("plugin.jar").toString());
    }

    @Test
    void one_that_is_broken_disables_itself_alone() throws Exception {
        plugins.classes(driver("Good", "good")).pack("good", "plug.Good");
        plugins.classes(driver("Throws", "throws")
                        .replace("/*CONSTRUCT*/", "if (true) throw new IllegalStateException(\"no licence\");"))
                .pack("throws", "plug.Throws");
        plugins.classes(
                        driver("Lacks", "lacks").replace("/*CONSTRUCT*/", "Gone.touch();"),
                        "package plug; public class Gone { static void touch() {} }")
                .without("plug/Gone.class")
                .pack("lacks", "plug.Lacks");
        plugins.classes(
                        driver("Parent", "parent").replace("Parent implements", "Parent extends Base implements"),
                        "package plug; public class Base {}")
                .without("plug/Base.class")
                .pack("parent", "plug.Parent");
        plugins.classes("package plug; public class Other {}").pack("other", "plug.Other");
        plugins.classes("package plug; public class Named {}")
                .pack("named", "plug.Missing", "plug.Named", "no class at all");
        Files.write(Files.createDirectory(plugins.path().resolve("cut")).resolve("cut.jar"), new byte[] {'P', 'K'});

        HypervisorDrivers drivers = discover();

        assertThat(drivers.types().list()).extracting(HypervisorType::id).containsExactly("custom", "good");
        open(drivers, drivers.types().require("good")).close();
        assertThat(drivers.disabled())
                .extracting(DisabledPlugin::toString)
                .anySatisfy(it -> assertThat(it).contains("cut: jar cut.jar cannot be read"))
                .anySatisfy(it -> assertThat(it)
                        .startsWith("plug.Throws (")
                        .contains("its constructor: java.lang.Ill", "no licence"))
                .anySatisfy(it -> assertThat(it).startsWith("plug.Lacks (").contains("NoClassDefFoundError: plug/Gone"))
                .anySatisfy(it -> assertThat(it).startsWith("parent: ").contains("NoClassDefFoundError: plug/Base"))
                .anySatisfy(it -> assertThat(it).startsWith("other: ").contains("plug.Other not a subtype"))
                .anySatisfy(it -> assertThat(it).startsWith("named: ").contains("plugin.jar", "HypervisorDriver:3: "));
    }

    @Test
    void entries_after_one_that_leads_nowhere_are_still_tried() throws Exception {
        plugins.classes(driver("Good", "good"), driver("Fine", "fine"))
                .pack("mixed", "plug.Gone", "plug.Good", "plug.GoneToo", "plug.Fine");

        HypervisorDrivers drivers = discover();

        assertThat(drivers.types().list()).extracting(HypervisorType::id).containsExactly("custom", "fine", "good");
        assertThat(drivers.disabled()).extracting(DisabledPlugin::plugin).containsExactly("mixed", "mixed");
    }

    @Test
    void one_type_in_two_plug_ins_names_both_classes_and_jars() throws Exception {
        plugins.classes(driver("Good", "good")).pack("a", "plug.Good");
        plugins.classes(driver("Good", "good")).pack("b", "plug.Good");

        HypervisorDrivers drivers = discover();

        assertThat(drivers.disabled())
                .singleElement()
                .satisfies(it -> assertThat(it.reason())
                        .isEqualTo("both plug.Good (" + jar("a") + ") and plug.Good (" + jar("b")
                                + ") claim hypervisor name good: id of good, id of good"));
        open(drivers, drivers.types().require("good")).close();
    }

    @Test
    void a_driver_compiled_against_an_older_spi_works_and_one_against_a_newer_is_refused() throws Exception {
        plugins.classesAgainst(SpiVersion.MAJOR, SpiVersion.MINOR - 1, driver("Older", "older"))
                .pack("1", "plug.Older");
        plugins.classesAgainst(SpiVersion.MAJOR, SpiVersion.MINOR + 1, driver("Newer", "newer"))
                .pack("2", "plug.Newer");
        plugins.classesAgainst(SpiVersion.MAJOR + 1, 0, driver("Next", "next")).pack("3", "plug.Next");

        HypervisorDrivers drivers = discover();

        HypervisorType older = drivers.types().require("older");
        open(drivers, older).close();
        assertThat(drivers.forType(older).builtAgainst())
                .as("copied into the plug-in by javac")
                .isEqualTo(new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR - 1));
        assertThat(drivers.disabled())
                .extracting(DisabledPlugin::toString)
                .satisfiesExactly(
                        newer -> assertThat(newer)
                                .startsWith("plug.Newer (")
                                .contains("built against SPI 0.2", "0.0 to 0.1"),
                        next -> assertThat(next)
                                .startsWith("plug.Next (")
                                .contains("built against SPI 1.0", "0.0 to 0.1"));
    }

    @Test
    void two_plug_ins_use_two_versions_of_one_library() throws Exception {
        for (String version : new String[] {"1", "2"}) {
            String work =
                    "if (!lib.Version.get().equals(\"" + version + "\")) throw new AssertionError(lib.Version.get());";
            plugins.classes(
                            driver("User", "user-" + version).replace("/*WORK*/", work),
                            "package lib; public class Version { public static String get() { return \"" + version
                                    + "\"; } }")
                    .pack(version, "plug.User");
        }

        HypervisorDrivers drivers = discover().requireAll();

        for (String id : new String[] {"user-1", "user-2"}) {
            try (Hypervisor opened = open(drivers, drivers.types().require(id))) {
                assertThat(opened.list()).isEmpty();
            }
        }
    }

    @Test
    void a_plug_in_finds_its_own_parts_by_the_context_class_loader_and_the_callers_is_put_back() throws Exception {
        String look = "if (Thread.currentThread().getContextClassLoader() != NAME.class.getClassLoader())"
                + " throw new AssertionError();";
        plugins.classes(driver("Looks", "looks")
                        .replace("/*CONSTRUCT*/", look.replace("NAME", "Looks"))
                        .replace("/*WORK*/", look.replace("NAME", "Looks")))
                .pack("looks", "plug.Looks");
        ClassLoader mine = Thread.currentThread().getContextClassLoader();

        HypervisorDrivers drivers = discover().requireAll();
        try (Hypervisor opened = open(drivers, drivers.types().require("looks"))) {
            assertThat(opened.list()).isEmpty();
        }

        assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(mine);
    }

    @Test
    void after_closing_what_was_not_loaded_is_told_as_a_defect() throws Exception {
        plugins.classes(
                        driver("Late", "late").replace("/*WORK*/", "lib.Late.touch();"),
                        "package lib; public class Late { public static void touch() {} }")
                .pack("late", "plug.Late");
        HypervisorDrivers drivers = discover().requireAll();
        Hypervisor opened = open(drivers, drivers.types().require("late"));

        directory.close();

        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(opened::list)
                .withMessageContaining("NoClassDefFoundError: lib/Late")
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.DEFECT));
    }

    @Test
    void a_driver_that_two_class_loaders_see_is_taken_once() throws Exception {
        plugins.classes(driver("Good", "good")).pack("good", "plug.Good");

        HypervisorDrivers drivers = discover();
        drivers.addDiscovered(directory.loaders().get(0)).addDiscovered(directory);

        assertThat(drivers.requireAll().types().list()).hasSize(2);
    }

    private HypervisorDrivers discover() {
        directory = PluginDirectory.open(plugins.path(), getClass().getClassLoader());
        return HypervisorDrivers.discoveredIn(directory);
    }

    private String jar(String plugin) {
        return plugins.path().resolve(plugin).resolve("plugin.jar").toString();
    }

    private static String driver(String name, String id) {
        return PLAIN.replace("NAME", name).replace("@id", id);
    }

    private static Hypervisor open(HypervisorDrivers drivers, HypervisorType type) throws InterruptedException {
        return drivers.forType(type).open(new HostId("h"), type, Options.parse(Set.of(), Map.of()));
    }
}
