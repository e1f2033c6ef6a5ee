package io.hvkit.kvm.internal.pool;

/** What the work on a pool's volumes shares. */
record PoolParts(
        PoolDirectory directory,
        VolumeFiles files,
        Origins origins,
        Attachments attachments,
        PoolLock lock,
        VolumeGuard guard,
        VolumeMaking making) {

    static PoolParts of(PoolDirectory directory) {
        VolumeFiles files = new VolumeFiles(directory.path());
        Origins origins = new Origins(directory.path());
        Attachments attachments = new Attachments(directory.path());
        PoolLock lock = new PoolLock(directory.path());
        return new PoolParts(
                directory,
                files,
                origins,
                attachments,
                lock,
                new VolumeGuard(lock, attachments, new VolumeReaders(files, origins), origins),
                new VolumeMaking(directory, files, origins, lock));
    }
}
