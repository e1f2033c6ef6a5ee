package io.hvkit.vmware;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.vmware.internal.simulator.Vcsim;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A volume on a datastore of the vCenter that has the host, too; what cases make is removed. */
abstract class VolumeCases extends HostCases {

    static final ByteSize SIZE = ByteSize.mebibytes(4);

    DatastoreJudged datastore;
    StoragePool pool;
    Volume volume;

    @BeforeEach
    void make() throws InterruptedException {
        datastore = new DatastoreJudged(vmware, VmwareJudged.DATASTORE);
        pool = datastore.open();
        volume = pool.create(disk(unique()));
    }

    @AfterEach
    void remove() throws InterruptedException {
        vcenter().reset();
        super.close();
        for (Volume each : pool.list()) {
            for (VolumeUse use : pool.uses(each.id())) {
                pool.detach(each.id(), use.host(), use.reason());
            }
            pool.delete(each.id());
        }
        pool.close();
    }

    @Override
    void close() {
        // after the machines their disks are removed, by the method above
    }

    static Vcsim vcenter() {
        return vmware.vcenter();
    }

    static String unique() {
        return "v" + UUID.randomUUID().toString().substring(0, 8);
    }

    static CreateVolume disk(String name) {
        return CreateVolume.blank(name, SIZE).as(ImageFormat.VMDK);
    }

    String file() {
        return datastore.file(volume.id());
    }

    static Attachment at(String file) {
        return new Attachment.ImageFile(Path.of(file.replaceFirst("\\[(.*)\\] ", "/vmfs/volumes/$1/")));
    }

    Disk asDisk(Attachment place) {
        return Disk.of(volume.id(), place, ImageFormat.VMDK);
    }

    static VolumeId id(String name) {
        return new VolumeId(name);
    }
}
