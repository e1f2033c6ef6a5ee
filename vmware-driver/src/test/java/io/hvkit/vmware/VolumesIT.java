package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.Await;
import io.hvkit.vmware.internal.soap.Ref;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes on a datastore, when others use them, answers get lost, and room runs out. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class VolumesIT extends VolumeCases {

    private static final HostId ESX = new HostId("esx");

    private List<String> folders() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(vcenter().local("[LocalDS_0] hvkit")))) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"running", "stopped"})
    void a_disk_of_a_machine_is_neither_removed_nor_copied(String state) throws InterruptedException {
        MachineId machine = host.start(spec).id();
        host.hotPlug().orElseThrow().attach(machine, asDisk(pool.attach(volume.id(), ESX)));
        pool.detach(volume.id(), ESX); // somebody is wrong about it
        if (state.equals("stopped")) {
            host.stop(machine, StopMode.POWER_OFF);
        }

        Refused.as(Failure.IN_USE).saying(machine.value(), () -> pool.delete(volume.id()));
        Refused.as(Failure.IN_USE).saying(machine.value(), () -> cloned(unique()));
        assertThat(pool.list()).containsExactly(volume);
        assertThat(vcenter().calls("DeleteVirtualDisk_Task")).isZero();
    }

    private Volume grow(int mebibytes) throws InterruptedException {
        return pool.growth().orElseThrow().growTo(volume.id(), ByteSize.mebibytes(mebibytes));
    }

    private Volume cloned(String name) throws InterruptedException {
        return pool.clones().orElseThrow().create(CloneVolume.of(volume.id(), name));
    }

    @Test
    void a_lock_that_nobody_knew_of_is_believed() throws InterruptedException {
        String name = unique();
        vcenter().next(7, "DeleteVirtualDisk_Task", "task", "FileLocked");
        vcenter().next(1, "ExtendVirtualDisk_Task", "task", "FileLocked");
        vcenter().next(1, "CopyVirtualDisk_Task", "task", "FileLocked");

        Refused.as(Failure.IN_USE).saying("FileLocked", () -> pool.delete(volume.id()));
        Refused.as(Failure.IN_USE).saying("FileLocked", () -> grow(8));
        Refused.as(Failure.IN_USE).saying("FileLocked", () -> cloned(name));
        assertThat(pool.list()).containsExactly(volume);
    }

    @Test
    void a_disk_that_is_still_open_for_a_moment_is_deleted_after_another_look() throws InterruptedException {
        vcenter().next(1, "DeleteVirtualDisk_Task", "task", "FileLocked");
        vcenter().next(1, "DeleteVirtualDisk_Task", "task", "ResourceInUse");

        pool.delete(volume.id());

        assertThat(pool.list()).isEmpty();
        assertThat(Path.of(vcenter().local(file()))).doesNotExist();
        assertThat(vcenter().calls("DeleteVirtualDisk_Task")).isEqualTo(3);
        assertThat(vcenter().done("DeleteVirtualDisk_Task")).isEqualTo(1);
    }

    /** While it is tried again and again somebody gets the disk, which the next look sees. */
    @Test
    void one_that_somebody_gets_between_two_tries_stays() throws Exception {
        vcenter().next(6, "DeleteVirtualDisk_Task", "task", "FileLocked");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> deletion = thread.submit(() -> {
                pool.delete(volume.id());
                return null;
            });
            Await.until("the first try", LONG, () -> vcenter().calls("DeleteVirtualDisk_Task") > 0);
            pool.attach(volume.id(), new HostId("esx"));

            assertThatThrownBy(deletion::get)
                    .hasMessageContaining("is attached to host")
                    .hasMessageContaining("esx");
        } finally {
            thread.shutdownNow();
        }
        assertThat(pool.find(volume.id())).contains(volume);
        assertThat(vcenter().done("DeleteVirtualDisk_Task")).isZero();
    }

    @Test
    void a_datastore_that_is_full_keeps_nothing_of_what_did_not_fit() throws Exception {
        String name = unique();
        vcenter().next(1, "CreateVirtualDisk_Task", "task", "NoDiskSpace");
        Refused.as(Failure.EXHAUSTED).saying("NoDiskSpace", () -> pool.create(disk(name)));
        vcenter().next(1, "CopyVirtualDisk_Task", "task", "NoDiskSpace");
        Refused.as(Failure.EXHAUSTED).saying("NoDiskSpace", () -> cloned(name));
        assertThat(folders()).containsExactly(volume.name());
        vcenter().next(1, "ExtendVirtualDisk_Task", "task", "NoDiskSpace");
        Refused.as(Failure.EXHAUSTED).saying("NoDiskSpace", () -> grow(8));
        assertThat(pool.find(volume.id())).contains(volume);
    }

    @ParameterizedTest
    @ValueSource(strings = {"drop", "dropafter"})
    void a_lost_call_or_answer_is_looked_after_and_nothing_is_done_twice(String lost) throws Exception {
        String name = unique();
        for (String method : List.of(
                "MakeDirectory",
                "CreateVirtualDisk_Task",
                "ExtendVirtualDisk_Task",
                "CopyVirtualDisk_Task",
                "SetVirtualDiskUuid",
                "MoveVirtualDisk_Task",
                "DeleteVirtualDisk_Task",
                "DeleteDatastoreFile_Task")) {
            vcenter().next(1, method, lost, "");
        }

        Volume made = pool.create(disk(name));
        assertThat(made.diskUuid()).isPresent();
        assertThat(pool.growth()
                        .orElseThrow()
                        .growTo(made.id(), ByteSize.mebibytes(8))
                        .size())
                .isEqualTo(ByteSize.mebibytes(8));
        Volume clone = pool.clones().orElseThrow().create(CloneVolume.of(made.id(), name + "-2"));
        assertThat(pool.find(clone.id())).contains(clone);
        assertThat(pool.list()).extracting(Volume::name).containsExactlyInAnyOrder(volume.name(), name, name + "-2");
        pool.delete(made.id());
        pool.delete(clone.id());

        assertThat(vcenter().count("lost")).isGreaterThanOrEqualTo(8);
        assertThat(vcenter().done("ExtendVirtualDisk_Task")).isEqualTo(1);
        assertThat(folders()).containsExactly(volume.name());
    }

    @Test
    void the_end_of_a_copy_whose_start_was_not_seen_is_waited_for() throws Exception {
        vcenter().loseStartOf("CopyVirtualDisk_Task", 1000);
        Volume clone = cloned(unique());

        Ref tasks = vmware.admin().service("taskManager");
        assertThat(vmware.admin().properties().readAll(tasks, "recentTask", "Task", "info.state"))
                .as("nothing goes on behind our back")
                .extracting(task -> task.text("info.state"))
                .doesNotContain("running", "queued");
        assertThat(clone.size()).isEqualTo(volume.size());
        assertThat(vcenter().calls("CopyVirtualDisk_Task"))
                .as("begun again from the start")
                .isEqualTo(2);
    }

    @Test
    void half_a_copy_is_no_volume_and_is_cleared_by_the_next_call() throws Exception {
        String name = unique();
        vcenter().next(1, "MoveVirtualDisk_Task", "task", "SystemError");
        vcenter().next(1, "DeleteVirtualDisk_Task", "task", "SystemError"); // nor can it be undone
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> cloned(name))
                .withMessageContaining("SystemError");
        assertThat(folders()).contains(name);
        assertThat(pool.list()).containsExactly(volume);
        assertThat(pool.findNamed(name)).isEmpty();

        Volume blank = pool.create(disk(name));
        assertThat(pool.list()).containsExactlyInAnyOrder(volume, blank);
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("made blank", () -> cloned(name));
        pool.delete(blank.id());
        assertThat(folders()).containsExactly(volume.name());
    }

    @Test
    void a_full_copy_carries_a_uuid_of_its_own() throws InterruptedException {
        Volume clone = cloned(unique());

        assertThat(clone.diskUuid()).isPresent().isNotEqualTo(volume.diskUuid());
        assertThat(clone.diskUuid().orElseThrow().value()).startsWith("6000c29");
        assertThat(pool.find(clone.id())).contains(clone);
        assertThat(pool.list()).containsExactlyInAnyOrder(volume, clone);
    }

    @Test
    void files_of_others_in_a_volumes_folder_stay() throws Exception {
        Path theirs = Path.of(vcenter().local("[LocalDS_0] hvkit/" + volume.name() + "/notes.txt"));
        Files.writeString(theirs, "mine");
        pool.attach(volume.id(), ESX);
        pool.detach(volume.id(), ESX);

        pool.delete(volume.id());

        assertThat(theirs).hasContent("mine");
        assertThat(pool.list()).isEmpty();
        assertThat(pool.create(disk(volume.name())).size()).isEqualTo(SIZE);
        pool.delete(volume.id());
        Files.delete(theirs);
        pool.delete(volume.id());
    }

    @Test
    void a_host_with_any_name_is_noted_and_read_back_and_one_that_is_too_long_is_refused() throws InterruptedException {
        HostId odd = new HostId("[a]/b=\\%:" + "x".repeat(40));
        VolumeUse use = VolumeUse.by(odd).because(VolumeUse.Reason.COPY).shared();
        pool.attach(volume.id(), use);

        assertThat(pool.uses(volume.id())).containsExactly(use);
        pool.detach(volume.id(), odd, VolumeUse.Reason.COPY);
        assertThat(pool.uses(volume.id())).isEmpty();
        HostId tooLong = new HostId("/".repeat(128));
        Refused.as(Failure.INVALID_REQUEST).saying("too long", () -> pool.attach(volume.id(), tooLong));
    }

    @Test
    void a_note_that_cannot_be_read_protects_the_volume() throws Exception {
        Path note = Path.of(vcenter().local("[LocalDS_0] hvkit/" + volume.name() + "/use=FOR=EVER"));
        Files.createDirectory(note);

        Refused.as(Failure.HOST_NOT_READY).saying("use=FOR=EVER", () -> pool.delete(volume.id()));
        Refused.as(Failure.HOST_NOT_READY).saying("use=FOR=EVER", () -> pool.attach(volume.id(), ESX));
        assertThat(pool.list()).containsExactly(volume);
        Files.delete(note);
    }

    @Test
    void of_a_use_whose_sharing_was_just_being_changed_the_stricter_word_counts() throws Exception {
        pool.attach(volume.id(), VolumeUse.by(ESX).shared());
        Path other = Path.of(vcenter().local("[LocalDS_0] hvkit/" + volume.name() + "/use=EXCLUSIVE=MACHINE=esx"));
        Files.createDirectory(other);

        assertThat(pool.uses(volume.id())).containsExactly(VolumeUse.by(ESX));
        VolumeUse second = VolumeUse.by(new HostId("esx-2")).shared();
        Refused.as(Failure.IN_USE).saying("esx", () -> pool.attach(volume.id(), second));
        pool.attach(volume.id(), VolumeUse.by(ESX).shared());
        assertThat(other).doesNotExist();
        pool.attach(volume.id(), second);
        assertThat(pool.uses(volume.id())).hasSize(2);
    }

    @Test
    void sizes_are_whole_kibibytes_and_a_grown_volume_is_not_what_was_asked_for_first() throws InterruptedException {
        String name = unique();
        CreateVolume odd = CreateVolume.blank(name, ByteSize.bytes(512 * 3)).as(ImageFormat.VMDK);

        VolumeId made = pool.create(odd).id();
        assertThat(pool.find(made).orElseThrow().size()).isEqualTo(ByteSize.kibibytes(2));
        assertThat(pool.create(odd).id()).isEqualTo(made);
        pool.growth().orElseThrow().growTo(made, ByteSize.kibibytes(3));
        Refused.as(Failure.EXISTS_DIFFERENTLY).saying("3 KiB", () -> pool.create(odd));
    }
}
