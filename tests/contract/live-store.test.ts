import { liveStoreContract } from './live-store.contract.js';
import { embedded, etcd, withEtcd } from './live-store/harness.js';

liveStoreContract(embedded);
withEtcd('live store', (version) => liveStoreContract({ ...etcd, name: `${etcd.name} ${version}` }));
