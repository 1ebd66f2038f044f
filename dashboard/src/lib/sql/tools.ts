/** How people's own tools connect: one text a tool, to be copied. */

export interface Connection {
  /** `http://host:port` of ClickHouse's HTTP interface. */
  readonly url: string
  readonly database: string
  readonly login: string
  readonly password: string
}

export interface Tool {
  readonly name: string
  /** What to do with the text. */
  readonly how: string
  readonly text: string
}

/** The tools with this connection filled in. */
export function toolsOf({ url, database, login, password }: Connection): readonly Tool[] {
  const { hostname, port, protocol } = new URL(url)
  const secure = protocol === 'https:'
  const at = port || (secure ? '443' : '80')
  return [
    {
      name: 'curl',
      how: 'In a terminal.',
      text: `curl '${url}/?database=${database}' --user '${login}:${password}' \\\n  --data-binary 'SELECT event_type, sum(count) FROM daily_metrics GROUP BY event_type FORMAT PrettyCompact'`,
    },
    {
      name: 'Python',
      how: 'pip install clickhouse-connect',
      text: `import clickhouse_connect\n\nclient = clickhouse_connect.get_client(\n    host='${hostname}', port=${at}, secure=${secure ? 'True' : 'False'},\n    username='${login}', password='${password}', database='${database}')\nprint(client.query('SELECT event_type, sum(count) FROM daily_metrics GROUP BY event_type').result_rows)`,
    },
    {
      name: 'Grafana',
      how: 'The ClickHouse data source, provisioned; or the same values in its form.',
      text: `apiVersion: 1\ndatasources:\n  - name: rtpx\n    type: grafana-clickhouse-datasource\n    jsonData:\n      protocol: http\n      host: ${hostname}\n      port: ${at}\n      secure: ${secure}\n      username: ${login}\n      defaultDatabase: ${database}\n    secureJsonData:\n      password: ${password}`,
    },
    {
      name: 'Metabase',
      how: 'Add a database of the type ClickHouse with these values.',
      text: `Host: ${hostname}\nPort: ${at}\nUsername: ${login}\nPassword: ${password}\nDatabases: ${database}\nUse a secure connection (SSL): ${secure ? 'on' : 'off'}`,
    },
    {
      name: 'DBeaver',
      how: 'A new ClickHouse connection with this JDBC URL, the login and the password.',
      text: `jdbc:clickhouse:${secure ? 'https' : 'http'}://${hostname}:${at}/${database}\n${login}\n${password}`,
    },
    {
      name: 'ClickHouse client',
      how: 'clickhouse-client needs the native protocol, which only a ClickHouse server of its own speaks; there use its native port.',
      text: `clickhouse client --host ${hostname} --user ${login} --password '${password}' --database ${database}`,
    },
  ]
}
