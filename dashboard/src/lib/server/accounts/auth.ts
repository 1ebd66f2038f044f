/**
 * better-auth on the application database: passwords, providers, second factor, sessions, limits of tries. It makes no
 * accounts by itself but for people a provider vouches for who are invited (see `admitted`).
 */
import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { genericOAuth, twoFactor } from 'better-auth/plugins'
import type { Config } from '../config.ts'
import { logger } from '../log.ts'
import type { Store } from '../store/database.ts'
import { recordProvider } from './audit-people.ts'
import { admittedByProvider, welcomeFromProvider } from './invitations.ts'
import type { Mailer } from './mail.ts'
import { discoveryOf, openIdPerson } from './openid.ts'
import { hashPassword, PASSWORD_MAX, PASSWORD_MIN, verifyPassword } from './password.ts'

/** The header in which this process itself tells better-auth the client's address. */
export const ADDRESS_HEADER = 'x-rtpx-client-address'
export const OIDC_PROVIDER = 'oidc'

const WEEK_S = 7 * 86_400
const DAY_S = 86_400
const RESET_S = 3_600

export interface AuthContext {
  readonly config: Config
  readonly store: Store
  readonly secret: string
  readonly mailer: Mailer
  /** Address of the dashboard that links name. */
  readonly origin: string
}

export type Auth = ReturnType<typeof createAuth>

export function createAuth(context: AuthContext) {
  return betterAuth(authOptions(context))
}

/** @param context see AuthContext */
function authOptions({ config, store, secret, mailer, origin }: AuthContext) {
  const secure = origin.startsWith('https:')
  return {
    appName: 'rtpx',
    baseURL: origin,
    basePath: '/api/auth',
    secret,
    trustedOrigins: [origin],
    telemetry: { enabled: false },
    logger: {
      log: (level, message) => logger[level === 'error' ? 'error' : 'debug'](`accounts: ${message}`),
    },
    database: { db: store.db, type: store.engine },
    emailAndPassword: {
      enabled: true,
      // Accounts are made in people.ts.
      disableSignUp: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
      password: { hash: hashPassword, verify: ({ password, hash }) => verifyPassword(password, hash) },
      resetPasswordTokenExpiresIn: RESET_S,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: ({ user, token }) =>
        mailer.send({
          to: user.email,
          subject: 'A new password for rtpx',
          text: 'Someone, probably you, asked for a new password. The link works once, for an hour. Otherwise ignore this mail.',
          link: `${origin}/reset/${token}`,
        }),
    },
    socialProviders: {
      ...(config.GOOGLE_CLIENT_ID && {
        google: { clientId: config.GOOGLE_CLIENT_ID, clientSecret: config.GOOGLE_CLIENT_SECRET },
      }),
      ...(config.GITHUB_CLIENT_ID && {
        github: { clientId: config.GITHUB_CLIENT_ID, clientSecret: config.GITHUB_CLIENT_SECRET },
      }),
    },
    session: {
      modelName: 'sessions',
      expiresIn: WEEK_S,
      updateAge: DAY_S,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
      },
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    account: {
      modelName: 'credentials',
      encryptOAuthTokens: true,
      fields: {
        accountId: 'account_id',
        providerId: 'provider_id',
        userId: 'user_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verifications',
      storeIdentifier: 'hashed',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    rateLimit: {
      enabled: true,
      storage: 'database',
      modelName: 'rate_limits',
      fields: { lastRequest: 'last_request' },
      // Guessing is slow; a team behind one address still gets in on Monday morning.
      customRules: {
        '/sign-in/email': { window: 60, max: 20 },
        '/sign-in/oauth2': { window: 60, max: 20 },
        '/sign-in/social': { window: 60, max: 20 },
        '/request-password-reset': { window: 60, max: 5 },
        '/reset-password': { window: 60, max: 10 },
      },
    },
    advanced: {
      cookiePrefix: secure ? '__Host-rtpx' : 'rtpx',
      // The prefix is ours: __Host- asks for more than __Secure-.
      useSecureCookies: false,
      defaultCookieAttributes: { secure, httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    databaseHooks: {
      user: {
        create: {
          before: async (user) => admittedByProvider(store.db, config.SIGN_UP, user, Date.now()),
          after: async (user) => welcomeFromProvider(store.db, config.SIGN_UP, user, Date.now()),
        },
      },
      session: {
        create: {
          after: async (session, context) => {
            // Signing in with a password is noted in sign-in.ts, with what was refused.
            if (context?.path?.includes('callback')) await recordProvider(store.db, session, Date.now())
          },
        },
      },
    },
    onAPIError: { errorURL: '/sign-in' },
    plugins: [
      twoFactor({
        issuer: 'rtpx',
        twoFactorTable: 'two_factors',
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'two_factors',
            fields: {
              userId: 'user_id',
              backupCodes: 'backup_codes',
              failedVerificationCount: 'failed_verification_count',
              lockedUntil: 'locked_until',
            },
          },
        },
      }),
      genericOAuth({
        config: config.OIDC_ISSUER
          ? [
              {
                providerId: OIDC_PROVIDER,
                discoveryUrl: discoveryOf(config.OIDC_ISSUER),
                clientId: config.OIDC_CLIENT_ID,
                clientSecret: config.OIDC_CLIENT_SECRET,
                scopes: ['openid', 'email', 'profile'],
                pkce: true,
                getUserInfo: openIdPerson(config),
              },
            ]
          : [],
      }),
    ],
  } satisfies BetterAuthOptions
}
