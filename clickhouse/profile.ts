/** The settings of the user's profile that the views and the queries rely on. */

/** What every ClickHouse must have: the embedded one is made with it, a server gets it from users.d/rtpx.xml. */
export const PROFILE: Readonly<Record<string, string>> = {
  max_partitions_per_insert_block: '0',
  optimize_functions_to_subcolumns: '0',
  optimize_on_insert: '0',
}

/** What a cluster needs besides. */
export const CLUSTER_PROFILE: Readonly<Record<string, string>> = {
  distributed_foreground_insert: '1',
  distributed_product_mode: 'global',
}
