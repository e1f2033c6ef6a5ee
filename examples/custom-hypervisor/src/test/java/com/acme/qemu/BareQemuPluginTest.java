package com.acme.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.PluginDirectory;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plug-in works as a folder of jars with a class loader of its own. */
class BareQemuPluginTest {

    private static final List<String> BROUGHT = List.of("hvkit-qemu", "jackson-", "jna-");

    @TempDir(factory = ShortFolders.class)
    Path folder;

    @Test
    void aFolderOfJarsStartsAndStopsAMachine() throws Exception {
        Path plugins = Files.createDirectory(folder.resolve("plug-ins"));
        copyTo(Files.createDirectory(plugins.resolve("bare-qemu")));
        Path work = Files.createDirectory(folder.resolve("work"));
        MachineSpec spec = MachineSpec.named("isolated").with(new JudgedBareQemu(work).disk(new VolumeId("root")));

        try (PluginDirectory directory = PluginDirectory.open(plugins, HypervisorDriver.class.getClassLoader())) {
            HypervisorDrivers drivers = HypervisorDrivers.discoveredIn(directory).requireAll();
            HypervisorType type = drivers.types().require("Bare QEMU");
            HypervisorDriver driver = drivers.forType(type);
            Options options = Options.parse(driver.options(), Map.of("work-directory", work.toString()));
            try (Hypervisor host = driver.open(new HostId("here"), type, options)) {
                Machine machine = host.start(spec);
                assertThat(host.list()).containsExactly(machine);
                host.stop(machine.id(), StopMode.POWER_OFF);
                assertThat(host.list()).isEmpty();
            }
        }
    }

    private static void copyTo(Path plugin) throws IOException {
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            if (Files.isDirectory(path) && path.endsWith(Path.of("target", "classes"))) {
                jar(path, plugin.resolve("bare-qemu.jar"));
            } else if (BROUGHT.stream().anyMatch(path.getFileName().toString()::startsWith)) {
                Files.copy(path, plugin.resolve(path.getFileName()));
            }
        }
        assertThat(plugin.toFile().list()).hasSizeGreaterThan(BROUGHT.size());
    }

    private static void jar(Path classes, Path jar) throws IOException {
        try (Stream<Path> files = Files.walk(classes);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
    }
}
