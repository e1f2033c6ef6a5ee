package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.DiskUuid;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.Await;
import io.hvkit.vmware.internal.soap.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Packages that are made of machines with two disks, and machines that are made of those again. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OvfExportIT extends HostCases {

    private static final int BYTES = 300_000;

    @TempDir
    private Path directory;

    private OvfTransfers ovf;
    private Path descriptor;
    private MachineId machine;

    @BeforeEach
    void define() throws Exception {
        ovf = opened("PT2S");
        descriptor = directory.resolve("web.ovf");
        Disk data = vmware.disk(new VolumeId("m-" + UUID.randomUUID()));
        spec = spec.with(data);
        machine = host.define(spec).id();
        for (String file : files(machine)) {
            byte[] content = new byte[BYTES];
            new Random(file.hashCode()).nextBytes(content);
            Files.write(local(file), content);
        }
    }

    private static OvfTransfers opened(String timeout) throws InterruptedException {
        VmwareDriver driver = (VmwareDriver) vmware.driver();
        Map<String, String> options = new HashMap<>(vmware.options());
        options.put("timeout", timeout);
        return driver.ovf(new HostId("esx"), Options.parse(driver.options(), options));
    }

    @AfterEach
    void disconnect() {
        ovf.close();
    }

    private static List<Node> devices(MachineId id) throws Exception {
        return property(id, "config.hardware").children().stream()
                .filter(device -> device.type().equals("VirtualDisk"))
                .toList();
    }

    private static List<String> files(MachineId id) throws Exception {
        return devices(id).stream()
                .map(device -> device.text("backing", "fileName"))
                .toList();
    }

    private static Path local(String file) {
        return Path.of(vmware.vcenter().local(file).replace(".vmdk", "-flat.vmdk"));
    }

    private List<Path> exported() throws InterruptedException {
        return ovf.exportTo(machine, descriptor, ProgressListener.NONE);
    }

    /** Neither of files nor of leases. */
    private void requireNothingLeft() throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
        assertThat(vmware.vcenter().count("leases")).isZero();
    }

    /** Each disk has the bytes of the one at the same unit, in a file with a UUID of its own. */
    private void requireImportable() throws Exception {
        MachineId copy = ovf.importFrom(descriptor, machine + "-copy", ProgressListener.NONE);
        List<Node> mine = devices(machine);
        List<Node> copied = devices(copy);
        assertThat(copied).hasSameSizeAs(mine);
        for (int i = 0; i < mine.size(); i++) {
            assertThat(copied.get(i).text("unitNumber")).isEqualTo(mine.get(i).text("unitNumber"));
            assertThat(copied.get(i).text("capacityInKB")).isEqualTo(mine.get(i).text("capacityInKB"));
            assertThat(local(copied.get(i).text("backing", "fileName")))
                    .hasSameBinaryContentAs(local(mine.get(i).text("backing", "fileName")));
            assertThat(DiskUuid.spelt(copied.get(i).text("backing", "uuid")))
                    .isPresent()
                    .isNotEqualTo(DiskUuid.spelt(mine.get(i).text("backing", "uuid")));
        }
    }

    @Test
    void what_is_exported_can_be_imported_again_each_disk_in_its_place() throws Exception {
        List<Progress> told = new ArrayList<>();
        List<Path> files = ovf.exportTo(machine, descriptor, told::add);

        assertThat(files)
                .extracting(file -> file.getFileName().toString())
                .containsExactly("web-0.vmdk", "web-1.vmdk", "web.mf", "web.ovf");
        try (Stream<Path> there = Files.list(directory)) {
            assertThat(there).containsExactlyInAnyOrderElementsOf(files);
        }
        assertThat(Files.readAllLines(directory.resolve("web.mf")))
                .hasSize(3)
                .allMatch(line -> line.startsWith("SHA256("));
        assertThat(told)
                .extracting(progress -> progress.done().bytes())
                .isSorted()
                .endsWith(2L * BYTES);
        assertThat(told.get(told.size() - 1).percent()).isEqualTo(100);
        requireImportable();
        assertThat(vmware.vcenter().count("leases")).isZero();
        host.start(machine);
    }

    @Test
    void a_file_that_is_no_disk_comes_along_and_its_name_leads_nowhere_else() throws Exception {
        vmware.vcenter().lease("nvram");

        assertThat(exported()).contains(directory.resolve("web-0.nvram")).hasSize(5);
        requireImportable();
    }

    @Test
    void a_second_export_to_the_same_place_is_refused_and_the_first_stays() throws Exception {
        exported();
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("web.ovf", this::exported);
        Files.delete(descriptor);
        Files.delete(directory.resolve("web.mf"));
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("-0.vmdk", this::exported);
        assertThat(directory.resolve("web-0.vmdk")).exists();
        assertThat(directory.resolve("web.ovf.part")).doesNotExist();
        assertThat(vmware.vcenter().count("leases")).isZero();
    }

    @Test
    void what_a_killed_process_left_is_cleared_and_what_others_have_there_is_not() throws Exception {
        Path work = Files.createDirectory(directory.resolve("web.ovf.part"));
        Files.writeString(work.resolve("web-0.vmdk"), "half");
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("move it away", this::exported);
        assertThat(work.resolve("web-0.vmdk")).hasContent("half");
        assertThat(vmware.vcenter().calls("ExportVm")).isZero();
        Files.writeString(work.resolve(".lock"), UUID.randomUUID().toString());

        exported();

        assertThat(work).doesNotExist();
        requireImportable();
    }

    @Test
    void what_cannot_be_exported_is_refused_and_leaves_nothing() throws Exception {
        Refused.as(Failure.INVALID_REQUEST)
                .saying(".ovf", () -> ovf.exportTo(machine, directory.resolve("web.xml"), ProgressListener.NONE));
        Refused.as(Failure.NOT_FOUND)
                .saying("none", () -> ovf.exportTo(machine, directory.resolve("none/web.ovf"), ProgressListener.NONE));
        Refused.as(Failure.NOT_FOUND)
                .saying("nobody", () -> ovf.exportTo(new MachineId("nobody"), descriptor, ProgressListener.NONE));
        host.start(machine);
        Refused.as(Failure.IN_USE).saying("runs", this::exported);
        host.stop(machine, StopMode.POWER_OFF);
        vmware.vcenter().next(1, "ExportVm", "soap", "InvalidPowerState");
        Refused.as(Failure.IN_USE).saying("runs", this::exported);
        assertThat(vmware.vcenter().calls("GET_NFC")).isZero();
        requireNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"drop", "corrupt", "short"})
    void a_disk_that_does_not_come_as_it_was_sent_is_no_package(String trouble) throws Exception {
        vmware.vcenter().next(1, "GET_NFC", trouble, "");

        assertThatThrownBy(this::exported).hasMessageContaining(trouble.equals("drop") ? "not moved whole" : "SHA-1");
        requireNothingLeft();
        exported();
        requireImportable();
    }

    @ParameterizedTest
    @ValueSource(strings = {"thumbprint", "error"})
    void a_lease_that_is_wrong_leaves_nothing(String trouble) throws Exception {
        vmware.vcenter().lease(trouble);

        assertThatThrownBy(this::exported).hasMessageContaining(trouble.equals("error") ? "no room" : "thumbprint");
        requireNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET_NFC", "HttpNfcLeaseGetManifest", "CreateDescriptor", "HttpNfcLeaseProgress"})
    void a_session_that_is_killed_in_the_middle_leaves_nothing(String method) throws Exception {
        vmware.vcenter().next(1, method, "kill", "");

        if (method.equals("CreateDescriptor")) { // the vCenter needs no lease for that
            exported();
            requireImportable();
        } else {
            assertThatThrownBy(this::exported).isInstanceOf(DriverException.class);
            requireNothingLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ExportVm",
                "HttpNfcLeaseProgress",
                "HttpNfcLeaseGetManifest",
                "CreateDescriptor",
                "HttpNfcLeaseComplete"
            })
    void a_lost_answer_is_looked_after(String method) throws Exception {
        vmware.vcenter().leasesLast(2000); // one whose answer is lost holds the machine so long
        vmware.vcenter().next(1, method, "dropafter", "");

        exported();

        requireImportable();
        assertThat(vmware.vcenter().count("leases")).isZero();
    }

    @Test
    void a_vcenter_without_manifests_is_believed() throws Exception {
        vmware.vcenter().next(1, "HttpNfcLeaseGetManifest", "soap", "MethodNotFound");

        exported();
        requireImportable();
    }

    @Test
    void a_long_export_keeps_its_lease() throws Exception {
        vmware.vcenter().leasesLast(2000);
        vmware.vcenter().slow("GET_NFC", 4000);

        exported();

        requireImportable();
    }

    @Test
    void an_export_that_stalls_or_is_stopped_leaves_nothing() throws Exception {
        vmware.vcenter().stall("GET_NFC", 4000);
        assertThatThrownBy(this::exported).hasMessageContaining("nothing moved");
        requireNothingLeft();
        IllegalStateException enough = new IllegalStateException("enough");
        assertThatThrownBy(() -> ovf.exportTo(machine, descriptor, progress -> {
                    throw enough;
                }))
                .isSameAs(enough);
        requireNothingLeft();
    }

    @Test
    void of_two_exports_to_one_place_the_second_waits_for_nobody_and_an_interrupt_ends_the_first() throws Exception {
        vmware.vcenter().stall("GET_NFC", 1500);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<List<Path>> exporting = thread.submit(this::exported);
        Await.until("the download", LONG, () -> vmware.vcenter().calls("GET_NFC") == 1);
        Refused.as(Failure.OPERATION_PENDING).saying("just being exported", this::exported);

        thread.shutdownNow();

        assertThat(exporting)
                .failsWithin(LONG)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(InterruptedException.class);
        requireNothingLeft();
        assertThat(vmware.vcenter().calls("ExportVm")).isEqualTo(1);
    }
}
