package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.MachineId;
import io.hvkit.core.Options;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Machines that are made of OVF packages. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OvfIT extends HostCases {

    private static final String DESCRIPTOR = """
            <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
             xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
             xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData">
            <References><File ovf:href="disk.vmdk" ovf:id="file1" ovf:size="100000"/></References>
            <DiskSection><Info>disks</Info><Disk ovf:capacity="8192" ovf:capacityAllocationUnits="byte * 2^10"
             ovf:diskId="vmdisk1" ovf:fileRef="file1"/></DiskSection>
            <VirtualSystem ovf:id="vm"><Info>a machine</Info><VirtualHardwareSection><Info>hardware</Info>
            <System><vssd:ElementName>family</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID>
            <vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType></System>
            <Item><rasd:ElementName>scsi</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID>
            <rasd:ResourceSubType>lsilogic</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>
            <Item><rasd:AddressOnParent>0</rasd:AddressOnParent><rasd:ElementName>disk</rasd:ElementName>
            <rasd:HostResource>ovf:/disk/vmdisk1</rasd:HostResource><rasd:InstanceID>4</rasd:InstanceID>
            <rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>
            </VirtualHardwareSection></VirtualSystem></Envelope>
            """;

    @TempDir
    private Path directory;

    private OvfTransfers ovf;
    private Path descriptor;
    private byte[] content;
    private String name;

    @BeforeEach
    void connect() throws Exception {
        ovf = opened();
        name = "o" + UUID.randomUUID().toString().substring(0, 8);
        content = new byte[100_000];
        new Random(1).nextBytes(content);
        Files.write(directory.resolve("disk.vmdk"), content);
        descriptor = Files.writeString(directory.resolve("vm.ovf"), DESCRIPTOR);
    }

    /** Opens it as another process does. */
    private static OvfTransfers opened() throws InterruptedException {
        VmwareDriver driver = (VmwareDriver) vmware.driver();
        Map<String, String> options = new HashMap<>(vmware.options());
        options.put("timeout", "PT2S");
        return driver.ovf(new HostId("esx"), Options.parse(driver.options(), options));
    }

    @AfterEach
    void disconnect() {
        ovf.close();
    }

    private MachineId imported() throws InterruptedException {
        return ovf.importFrom(descriptor, name, ProgressListener.NONE);
    }

    private boolean isThere() throws InterruptedException {
        return host.find(new MachineId(name)).isPresent();
    }

    private void requireWhole(MachineId id) throws Exception {
        String file = property(id, "config.hardware").children().stream()
                .filter(device -> device.type().equals("VirtualDisk"))
                .map(device -> device.text("backing", "fileName"))
                .findFirst()
                .orElseThrow();
        Path bytes = Path.of(vmware.vcenter().local(file).replace(".vmdk", "-flat.vmdk"));
        assertThat(Files.readAllBytes(bytes)).isEqualTo(content);
        assertThat(note(id, "hvkit.import")).singleElement().asString().startsWith("done:");
    }

    private static String sum(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private void manifest(String ofDisk) throws Exception {
        Files.writeString(
                directory.resolve("vm.mf"),
                "SHA256(vm.ovf)= " + sum(Files.readAllBytes(descriptor)) + "\nSHA256(disk.vmdk)= " + ofDisk + "\n");
    }

    @Test
    void a_package_becomes_a_machine_with_its_bytes_and_an_equal_import_is_confirmed() throws Exception {
        manifest(sum(content));
        List<Progress> told = new ArrayList<>();
        MachineId id = ovf.importFrom(descriptor, name, told::add);

        requireWhole(id);
        assertThat(told.get(told.size() - 1).percent()).isEqualTo(100);
        assertThat(vmware.vcenter().calls("HttpNfcLeaseProgress")).isPositive();
        assertThat(imported()).isEqualTo(id);
        assertThat(vmware.vcenter().calls("POST_NFC")).isEqualTo(1);
        content[0]++;
        Files.write(directory.resolve("disk.vmdk"), content);
        manifest(sum(content));
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying(name, this::imported);
        assertThat(isThere()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CreateImportSpec",
                "ImportVApp",
                "HttpNfcLeaseProgress",
                "HttpNfcLeaseComplete",
                "ReconfigVM_Task"
            })
    void a_lost_answer_leaves_one_whole_machine(String method) throws Exception {
        vmware.vcenter().leasesLast(2000); // one whose answer is lost holds its machine so long
        vmware.vcenter().next(1, method, "dropafter", "");

        requireWhole(imported());
    }

    @Test
    void a_session_that_is_lost_before_the_lease_is_renewed() throws Exception {
        vmware.vcenter().next(1, "ImportVApp", "kill", "");

        requireWhole(imported());
    }

    @Test
    void a_lease_that_is_gone_with_its_session_leaves_nothing() throws Exception {
        vmware.vcenter().next(1, "POST_NFC", "kill", "");

        assertThatThrownBy(this::imported).hasMessageContaining("HttpNfcLease");
        assertThat(isThere()).isFalse();
        requireWhole(imported());
    }

    @Test
    void a_host_with_another_thumbprint_gets_nothing() throws Exception {
        vmware.vcenter().lease("thumbprint");

        assertThatThrownBy(this::imported).hasMessageContaining("thumbprint");
        assertThat(vmware.vcenter().calls("POST_NFC")).isZero();
        assertThat(isThere()).isFalse();
    }

    @Test
    void a_lease_that_comes_to_nothing_says_why_and_leaves_nothing() throws Exception {
        vmware.vcenter().lease("error");

        assertThatThrownBy(this::imported).hasMessageContaining("no room");
        assertThat(isThere()).isFalse();
    }

    @Test
    void an_upload_that_breaks_stalls_or_is_stopped_leaves_nothing() throws Exception {
        vmware.vcenter().next(1, "POST_NFC", "drop", "");
        assertThatThrownBy(this::imported).hasMessageContaining("not moved whole");
        vmware.vcenter().stall("POST_NFC", 4000);
        assertThatThrownBy(this::imported).hasMessageContaining("nothing moved");
        IllegalStateException enough = new IllegalStateException("enough");
        assertThatThrownBy(() -> ovf.importFrom(descriptor, name, progress -> {
                    throw enough;
                }))
                .isSameAs(enough);
        assertThat(isThere()).isFalse();
        assertThat(vmware.vcenter().calls("HttpNfcLeaseAbort")).isEqualTo(3);
    }

    @Test
    void a_name_that_somebody_takes_meanwhile_and_a_lease_that_ends_leave_nothing() throws Exception {
        vmware.vcenter().next(3, "ImportVApp", "soap", "DuplicateName");
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("DuplicateName", this::imported);
        vmware.vcenter().next(1, "HttpNfcLeaseComplete", "kill", "");
        assertThatThrownBy(this::imported).hasMessageContaining("HttpNfcLease");
        assertThat(isThere()).isFalse();
        vmware.vcenter().next(2, "HttpNfcLeaseComplete", "drop", "");
        requireWhole(imported());
        assertThat(vmware.vcenter().count("leases")).isZero();
    }

    @Test
    void of_two_equal_imports_at_once_one_makes_the_machine_and_the_other_confirms_it() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (OvfTransfers other = opened()) {
            for (OvfTransfers second : List.of(ovf, other)) {
                vmware.vcenter().stall("POST_NFC", 1000);
                Future<MachineId> first = threads.submit(this::imported);
                Await.until("the upload", LONG, () -> vmware.vcenter().calls("POST_NFC") == 1);

                assertThat(second.importFrom(descriptor, name, ProgressListener.NONE))
                        .isEqualTo(first.get());
                requireWhole(first.get());
                assertThat(vmware.vcenter().calls("POST_NFC")).isEqualTo(1);
                assertThat(vmware.vcenter().calls("Destroy_Task")).isZero();
                if (second == ovf) { // which waits, and does not ask again and again whether it may take over
                    assertThat(vmware.vcenter().calls("ReconfigVM_Task")).isEqualTo(1);
                }
                name = name + "-2";
                vmware.vcenter().reset();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void who_meets_a_machine_that_is_just_being_made_waits_until_the_vcenter_says_what_it_is() throws Exception {
        MachineId id = imported();
        vmware.vcenter().reset();
        vmware.vcenter().makeOf(name);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<MachineId> again = thread.submit(this::imported);
            Await.until("some looks", LONG, () -> vmware.vcenter().calls("FindChild") > 2);
            assertThat(again).isNotDone();
            vmware.vcenter().makeOf(name);

            assertThat(again.get()).isEqualTo(id);
        } finally {
            thread.shutdownNow();
        }
        assertThat(vmware.vcenter().calls("ImportVApp")).isZero();
        assertThat(vmware.vcenter().calls("Destroy_Task")).isZero();
    }

    @Test
    void an_import_that_lost_its_lease_does_not_destroy_what_an_equal_one_began() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        CompletableFuture<Future<MachineId>> second = new CompletableFuture<>();
        vmware.vcenter().stall("HttpNfcLeaseAbort", 1500); // so that the second begins before the first cleans up
        try (OvfTransfers other = opened()) {
            assertThatThrownBy(() -> ovf.importFrom(descriptor, name, progress -> {
                        vmware.vcenter().killSessions();
                        second.complete(thread.submit(() -> other.importFrom(descriptor, name, later -> {
                            begun.countDown();
                            awaited(ended);
                        })));
                        throw new IllegalStateException("enough");
                    }))
                    .isInstanceOf(RuntimeException.class);
            assertThat(begun.getCount()).as("what the second has not begun").isZero();
            ended.countDown();
            requireWhole(second.get().get());
        } finally {
            thread.shutdownNow();
        }
    }

    private static void awaited(CountDownLatch latch) {
        try {
            assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void an_interrupt_ends_an_upload_and_leaves_nothing() throws Exception {
        vmware.vcenter().stall("POST_NFC", 1500);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<MachineId> importing = thread.submit(this::imported);
        Await.until("the upload", LONG, () -> vmware.vcenter().calls("POST_NFC") == 1);

        thread.shutdownNow();

        assertThat(importing)
                .failsWithin(LONG)
                .withThrowableThat()
                .havingRootCause()
                .isInstanceOf(InterruptedException.class);
        assertThat(isThere()).isFalse();
        assertThat(vmware.vcenter().count("leases")).isZero();
    }

    @Test
    void a_damaged_package_is_refused_before_the_vcenter_is_asked() throws Exception {
        manifest("0".repeat(64));
        Refused.as(Failure.CORRUPT_DATA).saying("disk.vmdk", this::imported);
        Files.delete(directory.resolve("vm.mf"));
        Files.write(directory.resolve("disk.vmdk"), new byte[5]);
        Refused.as(Failure.CORRUPT_DATA).saying("5 bytes", this::imported);
        assertThat(vmware.vcenter().calls("CreateImportSpec")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../disk.vmdk", "/etc/passwd", "..", "a\\\\b", "http://x/y", ""})
    void a_file_elsewhere_is_refused(String href) throws Exception {
        Files.writeString(descriptor, DESCRIPTOR.replace("\"disk.vmdk\"", "\"" + href + "\""));

        Refused.as(Failure.INVALID_REQUEST).saying("only files beside it", this::imported);
    }

    @Test
    void a_link_and_a_document_type_are_refused() throws Exception {
        Files.move(directory.resolve("disk.vmdk"), directory.resolve("other"));
        Files.createSymbolicLink(directory.resolve("disk.vmdk"), directory.resolve("other"));
        Refused.as(Failure.NOT_FOUND).saying("plain file", this::imported);
        Files.writeString(descriptor, "<!DOCTYPE Envelope [<!ENTITY a 'b'>]>" + DESCRIPTOR);
        Refused.as(Failure.INVALID_REQUEST).saying("document type", this::imported);
    }
}
