package io.hvkit.vmware;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Which datastores are opened, and what can be done with those that are not well. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DatastoreOpeningIT {

    private static final String NAME = VmwareJudged.DATASTORE;

    private static DatastoreJudged datastore;

    @BeforeAll
    static void start() throws InterruptedException {
        datastore = DatastoreJudged.start();
    }

    @AfterAll
    static void stop() {
        datastore.close();
    }

    @AfterEach
    void heal() {
        datastore.vmware().vcenter().datastore(NAME, "accessible", "true");
        datastore.vmware().vcenter().datastore(NAME, "mode", "normal");
        datastore.vmware().vcenter().datastore(NAME, "type", "VMFS");
    }

    private static CreateVolume disk(String name) {
        return CreateVolume.blank(name, ByteSize.mebibytes(4)).as(ImageFormat.VMDK);
    }

    @Test
    void a_datastore_is_opened_by_its_name_and_no_session_is_left_when_it_is_closed() throws InterruptedException {
        int before = datastore.vmware().vcenter().count("sessions");
        StoragePool pool = datastore.open();

        assertThat(pool.statistics().capacity()).isGreaterThan(ByteSize.ZERO);
        assertThat(datastore.vmware().vcenter().count("sessions")).isEqualTo(before + 1);
        pool.close();
        pool.close();
        assertThat(datastore.vmware().vcenter().count("sessions")).isEqualTo(before);
    }

    @Test
    void what_is_not_there_or_of_another_type_is_named_and_leaves_no_session() {
        int before = datastore.vmware().vcenter().count("sessions");

        Refused.as(Failure.NOT_FOUND)
                .saying("no datastore 'slow'", () -> new DatastoreJudged(datastore.vmware(), "slow").open());
        Refused.as(Failure.INVALID_REQUEST).saying("of type VMFS", () -> datastore.open(VmwareDatastoreDriver.NFS));
        datastore.vmware().vcenter().datastore(NAME, "accessible", "false");
        Refused.as(Failure.HOST_NOT_READY).saying("not accessible", datastore::open);

        assertThat(datastore.vmware().vcenter().count("sessions")).isEqualTo(before);
    }

    @Test
    void datastores_of_both_versions_of_nfs_are_pools_of_their_own_type() throws InterruptedException {
        for (String version : List.of("NFS", "NFS41")) {
            datastore.vmware().vcenter().datastore(NAME, "type", version);
            try (StoragePool pool = datastore.open(VmwareDatastoreDriver.NFS)) {
                VolumeId made = pool.create(disk("on-nfs")).id();
                assertThat(pool.find(made)).isPresent();
                pool.delete(made);
            }
            Refused.as(Failure.INVALID_REQUEST).saying(version, datastore::open);
        }
    }

    @Test
    void the_driver_is_found_by_its_types_and_without_passwords_opens_nothing() {
        StorageDrivers found = StorageDrivers.discoveredBy(getClass().getClassLoader());
        StoragePoolType vmfs = found.types().require("VMFS datastore");
        StorageDriver driver = found.forType(vmfs);

        assertThat(vmfs).isEqualTo(VmwareDatastoreDriver.VMFS);
        assertThat(found.types().require("vmware-nfs").has(PoolTrait.SHARED)).isTrue();
        assertThat(vmfs.has(PoolTrait.PARENT)).isFalse();
        Refused.as(Failure.BAD_CREDENTIALS)
                .saying(
                        "VmwareDatastoreDriver.with",
                        () -> driver.open(new PoolId("p"), vmfs, Options.parse(driver.options(), datastore.options())));
    }

    @Test
    void a_datastore_in_maintenance_gets_no_new_volumes_and_keeps_those_it_has() throws InterruptedException {
        try (StoragePool pool = datastore.open()) {
            VolumeId kept = pool.create(disk("kept")).id();
            datastore.vmware().vcenter().datastore(NAME, "mode", "enteringMaintenance");

            Refused.as(Failure.HOST_NOT_READY).saying("in maintenance", () -> pool.create(disk("new")));
            Refused.as(Failure.HOST_NOT_READY)
                    .saying("in maintenance", () -> pool.clones().orElseThrow().create(CloneVolume.of(kept, "new")));
            assertThat(pool.findNamed("new")).isEmpty();
            assertThat(pool.create(disk("kept")).id()).isEqualTo(kept);
            pool.attach(kept, new HostId("esx"));
            pool.detach(kept, new HostId("esx"));
            try (StoragePool again = datastore.open()) {
                again.delete(kept);
            }
            assertThat(pool.list()).isEmpty();
        }
    }

    @Test
    void of_a_datastore_that_no_host_reaches_no_volume_is_told_to_be_gone() throws InterruptedException {
        try (StoragePool pool = datastore.open()) {
            VolumeId kept = pool.create(disk("kept")).id();
            datastore.vmware().vcenter().datastore(NAME, "accessible", "false");

            Refused.as(Failure.HOST_NOT_READY).saying("", () -> pool.find(kept));
            Refused.as(Failure.HOST_NOT_READY).saying("", pool::list);
            Refused.as(Failure.HOST_NOT_READY).saying("", () -> pool.delete(kept));
            Refused.as(Failure.HOST_NOT_READY).saying("", () -> pool.attach(kept, new HostId("esx")));
            Refused.as(Failure.HOST_NOT_READY).saying("", () -> pool.create(disk("new")));

            datastore.vmware().vcenter().datastore(NAME, "accessible", "true");
            pool.delete(kept);
            assertThat(pool.find(kept)).isEmpty();
        }
    }

    @Test
    void an_encrypted_volume_is_refused_with_the_reason_and_the_way_out() throws InterruptedException {
        try (StoragePool pool = datastore.open();
                Secret key = Secret.random()) {
            for (CreateVolume request : List.of(
                    CreateVolume.blank("secret", ByteSize.mebibytes(4)).encryptedBy(key),
                    disk("secret").encryptedByStorage())) {
                Refused.as(Failure.UNSUPPORTED)
                        .saying(
                                "vSphere opens no LUKS, and its own encryption is not offered yet; take a pool of another",
                                () -> pool.create(request));
            }
            assertThat(pool.list()).isEmpty();
        }
    }
}
