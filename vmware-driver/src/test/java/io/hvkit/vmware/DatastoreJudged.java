package io.hvkit.vmware;

import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.storage.StorageUnderTest;
import io.hvkit.vmware.internal.simulator.Vcsim;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A datastore of a simulated vCenter, and this driver in front of it.
 *
 * @param vmware the vCenter
 * @param datastore its name, or that of a cluster
 * @param type what it is opened as
 */
record DatastoreJudged(VmwareJudged vmware, String datastore, StoragePoolType type)
        implements StorageUnderTest, AutoCloseable {

    DatastoreJudged(VmwareJudged vmware, String datastore) {
        this(vmware, datastore, VmwareDatastoreDriver.VMFS);
    }

    static DatastoreJudged start(String... flags) throws InterruptedException {
        return new DatastoreJudged(VmwareJudged.start(flags), VmwareJudged.DATASTORE);
    }

    @Override
    public StorageDriver driver() {
        return VmwareDatastoreDriver.with(
                asked -> Credentials.of(Vcsim.USER, Secret.copyOf(Vcsim.PASSWORD.getBytes(StandardCharsets.UTF_8))));
    }

    @Override
    public Map<String, String> options() {
        return Map.of(
                "vcenter",
                vmware.vcenter().sdk().resolve("/").toString(),
                "datacenter",
                "DC0",
                "datastore",
                datastore,
                "ca",
                vmware.vcenter().certificate().toString());
    }

    @Override
    public int longestName() {
        return 80;
    }

    /** Opens it as an embedder does. */
    StoragePool open() throws InterruptedException {
        return open(type());
    }

    StoragePool open(StoragePoolType type) throws InterruptedException {
        StorageDriver guarded =
                StorageDrivers.of(List.of(driver())).requireAll().forType(type);
        return guarded.open(new PoolId(datastore), type, Options.parse(guarded.options(), options()));
    }

    /** Returns how a vCenter spells the place of a volume's disk. */
    String file(VolumeId volume) {
        return "[" + datastore + "] hvkit/" + volume + "/" + volume + ".vmdk";
    }

    /** Returns where the simulator keeps the bytes of a disk. */
    Path bytes(String file) {
        String descriptor = vmware.vcenter().local(file);
        return Path.of(descriptor.substring(0, descriptor.length() - ".vmdk".length()) + "-flat.vmdk");
    }

    void write(VolumeId volume, byte content) {
        try (RandomAccessFile file = new RandomAccessFile(bytes(file(volume)).toFile(), "rw")) {
            file.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte read(VolumeId volume) {
        try (RandomAccessFile file = new RandomAccessFile(bytes(file(volume)).toFile(), "r")) {
            return file.readByte();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        vmware.close();
    }
}
